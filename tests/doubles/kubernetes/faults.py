"""What can go wrong between a program and the API server, one call at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field

from kubeclient.resources import Resource
from tests.doubles.kubernetes.routes import Call


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong; `then` is called when it does, and may for example kill the program."""

    then: Callable[[], object] = field(default=_nothing, repr=False)


@dataclass(frozen=True, slots=True)
class Refuse(Fault):
    """An error before anything is done."""

    code: int = 503
    reason: str = "ServiceUnavailable"
    message: str = "a fault"
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Break(Fault):
    """The connection breaks before anything is done."""


@dataclass(frozen=True, slots=True)
class LoseAnswer(Fault):
    """It is done, and the connection breaks before the answer."""


@dataclass(frozen=True, slots=True)
class Hang(Fault):
    """No answer, ever; `done` says whether it was carried out."""

    done: bool = False


@dataclass(frozen=True, slots=True)
class Delay(Fault):
    """It arrives so many seconds later, and is carried out then, though its sender may have given up."""

    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Stale(Fault):
    """A read as of `behind` versions ago: an API server whose cache lags."""

    behind: int = 1


@dataclass(frozen=True, slots=True)
class Mangle(Fault):
    """The answer is no JSON, though it was carried out; of a watch the first line."""


@dataclass(slots=True)
class _Rule:
    fault: Fault
    matches: Callable[[Call], bool]
    times: int
    skip: int
    seen: int = 0

    def strikes(self) -> bool:
        """Counts one more matching call."""
        self.seen += 1
        return self.seen > self.skip and (not self.times or self.seen <= self.skip + self.times)


class Faults:
    """None, unless a test adds some. `choose`, if set, is asked for every call first: for faults drawn at random."""

    def __init__(self) -> None:
        self.choose: Callable[[Call], Fault | None] = lambda _: None
        self._rules: list[_Rule] = []

    def add(
        self,
        fault: Fault,
        *,
        verb: str = "",
        resource: Resource | None = None,
        name: str = "",
        client: str = "",
        times: int = 1,
        skip: int = 0,
    ) -> None:
        """Let `skip` of the calls that are all of this pass, and `fault` strike the next `times`; 0 is all."""

        def matches(call: Call) -> bool:
            return (
                verb in ("", call.verb)
                and resource in (None, call.kind.resource)
                and name in ("", call.name)
                and client in ("", call.client)
            )

        self._rules.append(_Rule(fault, matches, times, skip))

    def clear(self) -> None:
        """From now on everything goes well."""
        self._rules.clear()
        self.choose = lambda _: None

    def of(self, call: Call) -> Fault | None:
        """The fault that strikes this call, if any."""
        chosen = self.choose(call)
        return chosen or next((rule.fault for rule in self._rules if rule.matches(call) and rule.strikes()), None)
