"""What a record means in one plain sentence: what is waited for, and what a person can do."""

from collections.abc import Sequence

from failover.provider import ErrorClass
from failover.record import Attempt, AttemptState, Phase, Reason, Status
from failover.words import CONFIRMED_DEAD, PLANNED

NOTHING = "Nothing to do."

AGAIN = "It is tried again by itself."

CLOUD = {
    ErrorClass.STOCKOUT: f"The cloud has no such machine in any of `places`: add some if it lasts. {AGAIN}",
    ErrorClass.QUOTA: f"The project's quota is used up: raise it, or delete what nobody needs. {AGAIN}",
    ErrorClass.DENIED: f"The cloud refuses the operator: check its service account and roles. {AGAIN}",
    ErrorClass.INVALID: f"The cloud refuses the request: check image, network and machine type. {AGAIN}",
    "JoinTimeout": f"Machines start but do not join: look at the next one's serial console while it boots. {AGAIN}",
    "SecondRequest": f"A join token was used twice, so its machine was given up: find out by whom. {AGAIN}",
    "WrongRequest": f"A join token was used for another name, so its machine was given up: find out by whom. {AGAIN}",
}
"""By the error that the last attempt ended with."""


def advise(name: str, status: Status) -> str:
    """Of one home node."""
    if status.blocked:
        return _blocked(status)
    if not status.open and not status.attempts:
        return f"No failover of {name} is under way. {NOTHING}"
    if status.open and has(status, "HandedOver"):
        return f"{name} is empty: do what is to be done, then: kubectl annotate node {name} {PLANNED}-"
    by_phase = {
        Phase.PROVISIONING: _provisioning,
        Phase.ACTIVE: _active,
        Phase.RECOVERING: _recovering,
        Phase.DRAINING: _draining,
        Phase.RETIRING: _retiring,
    }
    return by_phase[status.phase](name, status) if status.phase in by_phase else NOTHING


def attempts(status: Status, *states: AttemptState) -> Sequence[Attempt]:
    return [each for each in status.attempts if each.state in states]


def troubled(status: Status) -> bool:
    """Whether it does not go on as it should: a machine is needed, and none is asked for."""
    return bool(status.blocked)


def has(status: Status, kind: str, word: str = "True") -> bool:
    """Whether a condition of that kind is there and says so."""
    return any(each.type == kind and each.status == word for each in status.conditions)


def _blocked(status: Status) -> str:
    kind, _, what = status.blocked.partition(": ")
    if kind == "Paused":
        return f"The operator is paused ({what}): take that out of `paused` in its configuration to go on."
    if kind == "Budget":
        return f"{what}: raise `maxMachines` to have more, or wait for one to go."
    return CLOUD.get(status.last_error, f"{status.blocked}. {AGAIN}")


def _provisioning(_: str, status: Status) -> str:
    waiting = attempts(status, AttemptState.REQUESTED)
    if not waiting:
        return f"A machine is about to be asked for; with `capacitySource: buffer`, spare servers are to do. {NOTHING}"
    names = " or ".join(each.vm_name for each in waiting)
    return f"Waits for {names} to boot and join. {NOTHING}"


def _active(name: str, status: Status) -> str:
    playing = attempts(status, AttemptState.OPEN)
    names = ", ".join(each.vm_name for each in playing)
    if has(status, "NodeReady", "False"):
        return f"{names} is not Ready (yet, or any more); another is asked for if that lasts. {NOTHING}"
    if status.reason is Reason.PLANNED:
        return _planned(name, status, names)
    if has(status, "DeadConfirmed"):
        return f"{names} stands in. Repair {name} and switch it on: it is handed back by itself."
    confirm = f"kubectl annotate nodefailover {name} {CONFIRMED_DEAD}={status.incident}"
    return f"{names} stands in. Look after {name}; if you have seen it dead: {confirm}"


def _planned(name: str, status: Status, names: str) -> str:
    if status.sessions:
        return f"{names} stands in. Waits for {_matches(status.sessions)} on {name} to end. {NOTHING}"
    return f"{names} stands in. Servers move there from {name}. {NOTHING}"


def _recovering(name: str, status: Status) -> str:
    playing = ", ".join(each.vm_name for each in attempts(status, AttemptState.OPEN))
    return f"{name} is back; waits until it has been well for long enough, then {playing} is drained. {NOTHING}"


def _draining(_: str, status: Status) -> str:
    names = ", ".join(each.vm_name for each in attempts(status, AttemptState.DRAINING))
    if status.sessions:
        return f"Waits for {_matches(status.sessions)} on {names} to end. {NOTHING}"
    return f"{names} is being emptied. {NOTHING}"


def _retiring(name: str, status: Status) -> str:
    names = ", ".join(each.vm_name for each in attempts(status, AttemptState.RETIRED))
    return f"{names or name} is being cleaned up after. {NOTHING}"


def _matches(count: int) -> str:
    return "1 match" if count == 1 else f"{count} matches"
