"""Situations to decide on, written as what differs from an ordinary one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace as with_fields

from failover.config import Config, MachineType
from failover.decision import decide
from failover.decision.action import Action
from failover.decision.observed import Host, Machine, NodeView, Observed, Probe, RecordView, Server, Surroundings
from failover.names import vm_name
from failover.record import Attempt, AttemptState, Phase, Reason, Status

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
UID = "6f1c1c1e-0a52-4f0e-9d55-6b1f4f1d2c3b"
PLACES = tuple(
    MachineType(zone=zone, machine_type=kind) for kind in ("n2-standard-8", "n2-standard-16") for zone in ("b", "a")
)
CONFIG = Config(cluster="hybrid", places=PLACES)
LONG = 1e6


def node(name: str = "home", *, ready: bool = True, **fields: Any) -> NodeView:
    return NodeView(name, f"uid-{name}", f"rv-{name}", ready, **fields)


def server(name: str, state: str = "Ready", **fields: Any) -> Server:
    return Server("games", name, f"uid-{name}", f"rv-{name}", state, **fields)


def attempt(number: int = 1, state: AttemptState = AttemptState.REQUESTED, **fields: Any) -> Attempt:
    """Requested at NOW, in the first place, unless said otherwise."""
    opened = {} if state is AttemptState.REQUESTED else {"opened_at": NOW}
    draining = {"draining_at": NOW, "epoch": 1} if state is AttemptState.DRAINING else {}
    base = Attempt(
        number=number,
        zone="b",
        machine_type="n2-standard-8",
        vm_name=vm_name(UID, number),
        request_id=UID,
        requested_at=NOW,
        state=state,
    )
    return with_fields(base, **{**opened, **draining, **fields})


def host(number: int = 1, machine: Machine = Machine.PRESENT, **fields: Any) -> Host:
    """A machine that is there, with a node that is fit and Ready unless said otherwise."""
    there: dict[str, Any] = {"node": node(vm_name(UID, number), fit=True, address="203.0.113.7")}
    return Host(number, machine, **{**there, "token": False, "cleared": True, **fields})


def status(*attempts: Attempt, **fields: Any) -> Status:
    """An incident under way."""
    base = Status(
        incident=1,
        open=True,
        phase=Phase.PROVISIONING,
        reason=Reason.NOT_READY,
        started_at=NOW,
        attempts=attempts,
        attempt_count=max((each.number for each in attempts), default=0),
        epoch=max((each.epoch for each in attempts), default=0),
    )
    return with_fields(base, **fields)


def record(given: Status | None = None, **fields: Any) -> RecordView:
    return RecordView(UID, "rv-record", given or Status(), **fields)


def seen(**fields: Any) -> Observed:
    """A node that is well, with nothing else about it."""
    return replace(Observed("home", node(), fine_for=LONG, probe=Probe.ANSWERS), **fields)


def dead(**fields: Any) -> Observed:
    """Not Ready, silent, and nothing known of why."""
    base = {"home": node(ready=False), "lease_silent": 120.0, "probe": Probe.SILENT, "fine_for": 0.0}
    return seen(**{**base, **fields})


def decided(observed: Observed, config: Config = CONFIG, later: float = 0.0) -> Action | None:
    """The decision `later` seconds after NOW."""
    return decide(observed, config, NOW + timedelta(seconds=later))


def with_config(**fields: Any) -> Config:
    return with_fields(CONFIG, **fields)


def crowd(**fields: Any) -> Surroundings:
    return Surroundings(**fields)
