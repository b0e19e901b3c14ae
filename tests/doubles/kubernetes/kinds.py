"""What the double serves, and how each kind differs from the others."""

from dataclasses import dataclass

from kubeclient import resources
from kubeclient.resources import Resource


@dataclass(frozen=True)
class Kind:
    """A resource and its rules, in the words of the API server's strategies and of CRDs."""

    resource: Resource
    custom: bool = False
    """A CRD's: items of a list carry apiVersion and kind, and an update must name the version it was read at."""

    status: bool = False
    """Has the subresource `status`: nothing else writes the status then."""

    status_at_create: bool = False
    """A status in the body of a create is kept (Nodes alone)."""

    approval: bool = False
    """Has the subresource `approval`."""

    unconditional: bool = True
    """An update without resourceVersion wins over whoever wrote before; Leases and custom kinds refuse one."""

    graceful: bool = False
    """Pods: once bound to a node, a delete only begins to end them."""

    parts: tuple[str, ...] = ()
    """Always there, if only as {}: a Go struct has no way to be absent."""

    fields: tuple[str, ...] = ()
    """Field selectors beside metadata.name and metadata.namespace."""


KINDS = (
    Kind(
        resources.NODES,
        status=True,
        status_at_create=True,
        parts=("spec", "status"),
        fields=("spec.unschedulable",),
    ),
    Kind(
        resources.PODS,
        status=True,
        graceful=True,
        parts=("spec", "status"),
        fields=("spec.nodeName", "spec.schedulerName", "status.phase", "status.podIP"),
    ),
    Kind(resources.SECRETS, fields=("type",)),
    Kind(resources.LEASES, unconditional=False, parts=("spec",)),
    Kind(resources.EVENTS, fields=("reason", "type", "regarding.name", "regarding.uid", "reportingController")),
    Kind(
        resources.CERTIFICATE_SIGNING_REQUESTS,
        status=True,
        approval=True,
        parts=("spec", "status"),
        fields=("spec.signerName",),
    ),
    Kind(resources.GAME_SERVERS, custom=True),  # allocation writes status and labels at once, so no subresource
    Kind(resources.FLEETS, custom=True, status=True),
    Kind(resources.FLEET_AUTOSCALERS, custom=True, status=True),
    Kind(resources.NODE_FAILOVERS, custom=True, status=True),
)
"""`scale` is left out: nothing of ours calls it."""
