"""What goes wrong with the operator's calls, each at a call that is counted from now."""

from collections.abc import Callable
from dataclasses import dataclass

from kubeclient.resources import EVENTS, LEASES
from tests.doubles.clock import VirtualClock
from tests.doubles.kubernetes.faults import Break, Delay, Fault, Hang, LoseAnswer, Mangle, Refuse, Stale
from tests.doubles.kubernetes.routes import Call
from tests.services.failover.properties import cloud

OPERATORS = "operator"
"""What the names of its processes begin with."""

CLOUD = "cloud "
MOST_ALIKE = 40
"""Of one call in a second: more have no end but that of whatever makes them vain."""

CALM = 5.0
"""Seconds from which on nothing is left of most faults."""

API_FAULTS: dict[str, Fault] = {
    "unavailable": Refuse(),
    "internal error": Refuse(500, "InternalError", "etcdserver: request timed out"),
    "throttled": Refuse(429, "TooManyRequests", "too many requests", 1),
    "expired": Refuse(410, "Expired", "too old resource version"),
    "broken": Break(),
    "answer lost": LoseAnswer(),
    "no answer": Hang(),
    "no answer, but done": Hang(done=True),
    "3 s late": Delay(seconds=3),
    "30 s late": Delay(seconds=30),
    "mangled": Mangle(),
}
STALE = "stale"
"""Of lists that begin a watch alone: what is read to decide by is a quorum's word, and never late."""


@dataclass
class Trap:
    """Springs at the `left`-th call from now that `takes` is true of."""

    left: int
    takes: Callable[[Call], bool]
    spring: Callable[[Call], Fault | None]


class Trouble:
    """`disturbed` is told for how many seconds a fault may be felt, `endless` of a call that has no end."""

    def __init__(self, clock: VirtualClock, disturbed: Callable[[float], None], endless: Callable[[str], None]) -> None:
        self._clock, self._disturbed, self._endless = clock, disturbed, endless
        self._alike: dict[str, tuple[float, int]] = {}
        """Of each call: since when it is counted, and how often it came."""

        self._traps: list[Trap] = []
        self._cloud: list[tuple[int, cloud.Fault]] = []
        self.calls: list[str] = []
        """Those of the operator that matter, and `cloud` first of those of the cloud."""

        self.at: tuple[int, Fault | cloud.Fault | None] = 0, None
        """The fault of the call of that number, from 1."""

    # What is set up

    def strike(self, calls: int, kind: str) -> None:
        """One of API_FAULTS, or STALE."""
        if kind == STALE:
            self._traps.append(Trap(1, _begins_a_watch, lambda _: Stale(behind=30)))
            return
        self._traps.append(Trap(calls, _matters, lambda _: API_FAULTS[kind]))

    def strike_cloud(self, calls: int, kind: str) -> None:
        """One of cloud.FAULTS."""
        self._cloud.append((calls, cloud.FAULTS[kind]))

    def when(self, calls: int, do: Callable[[Call], None], takes: Callable[[Call], bool] = lambda _: True) -> None:
        """Have something else happen just before a call is carried out."""

        def spring(call: Call) -> None:
            do(call)

        self._traps.append(Trap(calls, lambda call: _matters(call) and takes(call), spring))

    def clear(self) -> None:
        self._traps, self._cloud, self.at = [], [], (0, None)

    # What it is asked

    def of_call(self, call: Call) -> Fault | None:
        """The fault of one call of the API."""
        if not _matters(call):
            return None
        fault = self._counted(str(call))
        for trap in [each for each in self._traps if each.takes(call)]:
            trap.left -= 1
            if trap.left <= 0:
                self._traps.remove(trap)
                fault = fault or trap.spring(call)
        if fault is None:
            return None
        assert isinstance(fault, Fault)
        self._disturbed(_felt(fault))
        return fault

    def of_cloud(self, caller: str, verb: str) -> cloud.Fault | None:
        found = self._counted(f"{CLOUD}{caller}: {verb}")
        self._cloud = [(left - 1, fault) for left, fault in self._cloud]
        due = [fault for left, fault in self._cloud if left <= 0]
        self._cloud = [each for each in self._cloud if each[0] > 0]
        fault = found or next(iter(due), None)
        if fault is None:
            return None
        assert isinstance(fault, cloud.Fault)
        self._disturbed(cloud.PATIENCE + CALM)
        return fault

    def _counted(self, call: str) -> Fault | cloud.Fault | None:
        self.calls.append(call)
        self._count_alike(call)
        number, fault = self.at
        return fault if number == len(self.calls) else None

    def _count_alike(self, call: str) -> None:
        now = self._clock.monotonic()
        since, count = self._alike.get(call, (now, 0))
        self._alike[call] = (since, count + 1) if now < since + 1 else (now, 1)
        if count > MOST_ALIKE:
            self._endless(call)


def _matters(call: Call) -> bool:
    """Events tell, and its own Lease saves work: nothing rests on either."""
    kind = call.kind.resource
    return call.client.startswith(OPERATORS) and kind != EVENTS and (kind, call.namespace) != (LEASES, "failover")


def _begins_a_watch(call: Call) -> bool:
    own = not call.query.get("fieldSelector") and "fleet" not in call.query.get("labelSelector", "")
    return _matters(call) and call.verb == "list" and own and call.kind.resource.plural != "certificatesigningrequests"


def _felt(fault: Fault) -> float:
    """Seconds until nothing is left of it: a call is given up after 10, and looked at again after a while."""
    match fault:
        case Delay(seconds):
            return seconds + CALM
        case Hang():
            return 10 + CALM
    return CALM
