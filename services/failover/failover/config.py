"""The operator's configuration: the ConfigMap that apps/failover.py renders, one field a decision to be made."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(ge=0)]


class MachineType(Struct, frozen=True, kw_only=True, rename="camel"):
    """A place to try: a zone and a machine type."""

    zone: str
    machine_type: str


class Config(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Times are seconds."""

    cluster: str
    """Value of the label that all machines of this cluster carry."""

    places: Annotated[tuple[MachineType, ...], Meta(min_length=1)]
    """In the order they are tried: every zone with the first machine type, then with the second."""

    capacity_source: Literal["cold", "stopped", "buffer"] = "cold"
    """`cold` makes a machine, `stopped` starts one that is there, `buffer` relies on spare servers elsewhere."""

    suspect_after: Seconds = 25
    """A Lease that has not moved for this long is stale: two and a half of kubelet's renewals."""

    healthy_delay: Seconds = 60
    """A node must have been well for this long to count as recovered; doubled for each time it was and went again, up
    to 32 times as long."""

    calm_delay: Seconds = 10
    """As long as no match can be on a temporary machine, a false alarm ends after this."""

    settle: Seconds = 10
    """From the cordon until no bind that the scheduler had under way can arrive any more."""

    hedge_after: Seconds = 75
    """A machine that has not joined by then gets a rival in the next place."""

    join_timeout: Seconds = 240
    """A machine that has not joined by then is given up."""

    temporary_grace: Seconds = 60
    """A temporary node not Ready for this long is no capacity any more."""

    backoff: Seconds = 5
    """After all places failed once; doubled each time, up to `backoff_limit`."""

    backoff_limit: Seconds = 1800
    stop_backoff: Seconds = 300
    """After an error that asking again does not mend (quota, permission, request)."""

    longest_session: Seconds = 7200
    max_run: Seconds = 86_400
    """The cloud deletes a machine then. A successor is begun `longest_session` and `run_margin` before."""

    run_margin: Seconds = 900
    max_wait: Seconds = 10_800
    """How long a drain waits for matches before `max_wait_policy` speaks."""

    max_wait_policy: Literal["keep", "force"] = "keep"
    max_machines: Annotated[int, Meta(ge=0)] = 3
    """Temporary machines at once, of all incidents."""

    max_unhealthy: Annotated[int, Meta(ge=0)] = 2
    """With more home nodes down than this, none is declared dead unless evidence names it."""

    outage_percent: Annotated[int, Meta(ge=1, le=100)] = 60
    outage_nodes: Annotated[int, Meta(ge=1)] = 3
    """So much of a site, and so many of its nodes, silent at once: the site is down, not its machines."""

    outage_cooldown: Seconds = 120
    paused: tuple[str, ...] = ()
    """Reasons why nothing new is begun."""

    runtime_handler: str = "kata-qemu-runtime-rs"
    """A temporary node must report it before its quarantine is lifted; empty for plain containers."""

    storage_driver: str = ""
    """CSI driver that must be registered on a temporary node; empty when games need none."""
