"""What goes wrong, on which calls. Each fault strikes a number of calls and is used up."""

from collections.abc import Iterable

from msgspec import Struct


class OperationError(Struct, frozen=True, kw_only=True):
    """How an operation ends: a code, and the HTTP status that GCE gives with it."""

    code: str
    status: int
    message: str = "The operation failed."


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it strikes, and what it does there.

    Without `committed`, an answer's fault keeps the request from being carried out; with it, only the answer suffers.
    """

    method: str = ""
    """The API's name, such as `instances.insert`; empty is any."""

    zone: str = ""
    times: int = 1
    """Calls it strikes; 0 is all, until it is cleared."""

    skip: int = 0
    """Calls that it lets pass first."""

    committed: bool = False
    status: int = 0
    """Answer with this status."""

    reason: str = "backendError"
    message: str = "Internal error. Please try again or contact Google Support."
    drop: bool = False
    """Cut the connection instead of answering."""

    garbled: bool = False
    """Answer 200 (or `status`) with a page that is no JSON, as proxies do."""

    answer_seconds: float = 0
    """Before answering."""

    operation_seconds: float | None = 0
    """Added to the operation's time; None is for ever."""

    operation_error: OperationError | None = None

    @property
    def hides_answer(self) -> bool:
        return bool(self.status or self.drop or self.garbled)

    @property
    def of_answer(self) -> bool:
        return self.hides_answer or bool(self.answer_seconds)

    @property
    def of_operation(self) -> bool:
        return self.operation_error is not None or self.operation_seconds != 0

    def excludes(self, other: "Fault") -> bool:
        """Both want the same: only one of them strikes a call."""
        return (self.of_answer and other.of_answer) or (self.of_operation and other.of_operation)


class Faults:
    """Those that are switched on."""

    def __init__(self) -> None:
        self._active: list[tuple[Fault, list[int]]] = []

    def add(self, *faults: Fault) -> None:
        self._active += [(fault, [fault.skip, fault.times]) for fault in faults]

    def clear(self) -> None:
        self._active.clear()

    @property
    def active(self) -> list[Fault]:
        return [fault for fault, _ in self._active]

    def strike(self, method: str, zone: str) -> list[Fault]:
        """Those that strike this call, used up by one: of those that want the same, the one that was added first."""
        struck: list[Fault] = []
        for fault, left in list(self._active):
            if fault.method not in ("", method) or fault.zone not in ("", zone) or any(map(fault.excludes, struck)):
                continue
            if left[0]:
                left[0] -= 1
                continue
            struck.append(fault)
            left[1] -= 1
            if left[1] == 0:
                self._active.remove((fault, left))
        return struck


def answer_of(faults: Iterable[Fault]) -> Fault:
    """What becomes of the answer."""
    return next((fault for fault in faults if fault.of_answer), Fault())


def operation_of(faults: Iterable[Fault]) -> Fault:
    """What becomes of the operation."""
    return next((fault for fault in faults if fault.of_operation), Fault())


INSERT = "instances.insert"


def stockout(zone: str = "", *, times: int = 1, details: bool = False, method: str = INSERT) -> Fault:
    """No such machine in the zone. It comes in the operation (CCExtractor/sample-platform#901)."""
    code = "ZONE_RESOURCE_POOL_EXHAUSTED" + "_WITH_DETAILS" * details
    message = "The zone does not have enough resources available to fulfill the request. Try a different zone."
    error = OperationError(code=code, status=503, message=message)
    return Fault(method=method, zone=zone, times=times, operation_error=error)


def quota(*, times: int = 1) -> Fault:
    """The project's quota, in the call."""
    message = "Quota 'CPUS' exceeded.  Limit: 24.0 in region asia-northeast1."
    return Fault(method=INSERT, times=times, status=403, reason="quotaExceeded", message=message)


def quota_in_operation(*, times: int = 1) -> Fault:
    message = "Quota 'CPUS' exceeded.  Limit: 24.0 in region asia-northeast1."
    return failed_operation("QUOTA_EXCEEDED", 403, message, times=times)


def failed_operation(code: str, status: int, message: str = "", *, method: str = INSERT, times: int = 1) -> Fault:
    error = OperationError(code=code, status=status, message=message or "The operation failed.")
    return Fault(method=method, times=times, operation_error=error)


def server_error(method: str = INSERT, status: int = 503, *, times: int = 1) -> Fault:
    """Nothing was carried out."""
    return Fault(method=method, status=status, times=times)


def lost_answer(method: str = INSERT, status: int = 503, *, times: int = 1) -> Fault:
    """Carried out, and answered with an error."""
    return Fault(method=method, status=status, committed=True, times=times)


def dropped(method: str = INSERT, *, committed: bool = True, times: int = 1) -> Fault:
    """The connection ends without an answer."""
    return Fault(method=method, drop=True, committed=committed, times=times)


def throttled(method: str = INSERT, status: int = 429, *, times: int = 1) -> Fault:
    """Too many calls; some of Google's APIs say so with 403."""
    return Fault(method=method, status=status, reason="rateLimitExceeded", message="Rate Limit Exceeded", times=times)


def garbled(method: str = INSERT, status: int = 0, *, times: int = 1) -> Fault:
    """Carried out, but a proxy answers."""
    return Fault(method=method, status=status, garbled=True, committed=True, times=times)


def slow_answer(seconds: float, method: str = INSERT, *, times: int = 1) -> Fault:
    return Fault(method=method, answer_seconds=seconds, times=times)


def slow_operation(seconds: float, method: str = INSERT, *, times: int = 1) -> Fault:
    return Fault(method=method, operation_seconds=seconds, times=times)


def hanging_operation(method: str = INSERT, *, times: int = 1) -> Fault:
    """As creations that hung for 35 minutes (cilium/cilium#48184): neither operation nor machine gets anywhere."""
    return Fault(method=method, operation_seconds=None, times=times)
