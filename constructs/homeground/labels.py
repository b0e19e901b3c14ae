"""Every label and taint of ours, in one place: a word misspelt twice would never match."""

DOMAIN = "homeground.dev"

SITE = f"{DOMAIN}/site"
"""On nodes (kubelet registers it) and on game servers whose placement is known at synth time."""

RUNNER = f"{DOMAIN}/runner"
"""`"true"` on nodes that play games, permanent or temporary."""

ALWAYS_ON = f"{DOMAIN}/always-on"
"""`"true"` on nodes that survive the loss of every home site."""

TENANT = f"{DOMAIN}/tenant"
"""On tenant namespaces and everything in them; admission and network policies select by it."""

GAME = f"{DOMAIN}/game"
"""On game servers; allocation selects by it."""

MATCH = f"{DOMAIN}/match"
"""On allocated game servers: the match that is played there."""

KICK = f"{DOMAIN}/kick"
"""Annotation of game servers: players who have to leave."""

JOINED = "agones.dev/sdk-joined"
"""`"true"` on game servers that a player has joined; they set it themselves."""

SERVES_TENANTS = f"{DOMAIN}/serves-tenants"
"""`"true"` on the pods of platform services that game servers may call (the JWKS endpoint)."""

PLATFORM = f"{DOMAIN}/platform"
"""`"true"` on the namespaces of the platform's own components."""

QUARANTINE = f"{DOMAIN}/quarantine"
"""Taint a temporary node registers with, lifted by the failover operator."""

TEMPORARY = f"{DOMAIN}/temporary"
"""On nodes that stand in for one at home, whose name is its value. Admission ties it to names of TEMPORARY_PREFIX."""

TEMPORARY_PREFIX = "fo-"
"""Of the names of temporary nodes, and of no others."""

SUSPECT = f"{DOMAIN}/suspect"
"""On game servers whose node may be dead: no allocation of ours takes them."""

OVERFLOW = f"{DOMAIN}/overflow-of"
"""On Fleets of the failover operator's, for servers stranded on a dead node; names the Fleet that Git owns."""

CORDON = f"{DOMAIN}/cordon"
"""Annotation of nodes that the failover operator cordoned. A cordon without it is a person's."""

NUDGE = f"{DOMAIN}/nudge"
"""Annotation by which the failover operator has Agones look at a GameServerSet again."""

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
"""Kubernetes' taint that says a machine is dead: what runs on it is given up."""

FAILOVER = "homeground-failover"
"""Value of the failover operator's own out-of-service taint: one that a person set has another."""

KATA_STARTUP = "katacontainers.io/kata-runtime"
"""Taint a runner registers with, lifted by kata-deploy once the runtime is installed (chart value startupTaints)."""

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
"""kubeadm's taint on control-plane nodes."""

PARTITION_TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
"""Kubernetes' taints on a node that it can't reach, whose machine may well be playing on."""

RUNTIME_CLASS = "kata-qemu-runtime-rs"
"""Name of the RuntimeClass of every game server, on every cluster."""


def tenant_namespace(tenant: str) -> str:
    """One namespace a tenant (facts: a stolen SDK token patches every GameServer of its namespace)."""
    return f"games-{tenant}"
