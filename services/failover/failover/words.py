"""Every label, taint, annotation and finalizer that the operator reads or writes, in one place.

Those that manifests carry too stand in constructs/homeground/labels.py; a test compares the two.
"""

DOMAIN = "homeground.dev"

RUNNER = f"{DOMAIN}/runner"
"""Label of nodes that play games."""

TEMPORARY = f"{DOMAIN}/temporary"
"""Label of nodes that stand in for one at home; admission ties it to names that begin with `fo-`."""

SITE = f"{DOMAIN}/site"
GAME = f"{DOMAIN}/game"

QUARANTINE = f"{DOMAIN}/quarantine"
"""Taint a temporary node registers with. Only an attempt that is Open may lift it."""

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
"""Kubernetes' taint that says a machine is dead: what runs on it is given up (KEP-2268)."""

OWNER = "homeground-failover"
"""The value of our out-of-service taint: one that a person set has another, and is never touched."""

SUSPECT = f"{DOMAIN}/suspect"
"""Label of a GameServer whose node may be dead: no allocation of ours takes it."""

OVERFLOW = f"{DOMAIN}/overflow-of"
"""Label of a Fleet of ours that stands in for servers stranded on a dead node; names the Fleet that Git owns."""

CORDON = f"{DOMAIN}/cordon"
"""Annotation of a node that we cordoned: the drain epoch. A cordon without it is a person's."""

NUDGE = f"{DOMAIN}/nudge"
"""Annotation of a GameServerSet: for which deletions Agones has been made to look at it again."""

PLANNED = f"{DOMAIN}/planned-failover"
"""Annotation of a healthy node: move its capacity to the cloud, end no match, hand it back once this is removed."""

EXCLUDE = f"{DOMAIN}/exclude-from-failover"
"""Annotation of a node whose death is nobody's business."""

MAINTENANCE = f"{DOMAIN}/maintenance-until"
"""Annotation of a node (RFC 3339): until then its silence is no failure."""

CONFIRMED_DEAD = f"{DOMAIN}/confirmed-dead"
"""Annotation of a NodeFailover by a person: the number of the incident in which they saw the machine dead."""

FINALIZER = f"{DOMAIN}/failover"
PREFIX = "fo-"
"""Of the names of all machines and nodes that we make."""
