"""What the API server itself refuses of a NodeFailover, whoever writes it: CEL rules, by the type they stand on.

A field that has its default is not written, so a rule names the default. Rules that speak of `oldSelf` are asked only
when there was one; those of an attempt find the old one by its number.

Source: kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions (validation rules).
"""

from failover.record import AttemptState
from failover.structural_schema import Rule
from failover.words import PREFIX

REQUESTED, OPEN, RETIRED = (f"'{state}'" for state in (AttemptState.REQUESTED, AttemptState.OPEN, AttemptState.RETIRED))
NEVER_CHANGE = ("zone", "machineType", "vmName", "requestId", "requestedAt")
"""Written before the cloud is asked: after a crash the same call is made again, and must be the same."""


def _state(attempt: str) -> str:
    return f"{attempt}.?state.orValue({REQUESTED})"


def _never_decreases(name: str) -> Rule:
    return f"self.?{name}.orValue(0) >= oldSelf.?{name}.orValue(0)", f"{name} never decreases"


def _all(condition: str, of: str = "self") -> str:
    """A condition on the attempts. Asked by `has`: of what `orValue` gives the cost is estimated without maxItems."""
    return f"!has({of}.attempts) || {of}.attempts.{condition}"


def _among(of: str, attempt: str) -> str:
    return f"(has({of}.attempts) && {of}.attempts.exists(other, other.number == {attempt}.number))"


STATUS: tuple[Rule, ...] = (
    *(_never_decreases(name) for name in ("incident", "attemptCount", "epoch")),
    (_all(f"filter(a, {_state('a')} == {OPEN}).size() <= 1"), "at most one attempt is Open"),
    (  # the machine and its rival or successor; those taken in from outside drain
        _all(f"filter(a, {_state('a')} in [{REQUESTED}, {OPEN}]).size() <= 2"),
        "at most two attempts are Requested or Open",
    ),
    (_all("all(a, a.number <= self.?attemptCount.orValue(0))"), "attemptCount is the last attempt's number"),
    (  # name, request id and token are made of the number
        _all(f"all(a, {_among('oldSelf', 'a')} || a.number > oldSelf.?attemptCount.orValue(0))"),
        "the number of an attempt is never used again",
    ),
    (  # a machine that no record knows is nobody's
        _all(f"all(a, {_state('a')} == {RETIRED} || {_among('self', 'a')})", "oldSelf"),
        "an attempt that is not Retired is never forgotten",
    ),
)
ATTEMPT: tuple[Rule, ...] = (
    (f"self.vmName.startsWith('{PREFIX}')", f"vmName begins with {PREFIX}"),
    *((f"self.{name} == oldSelf.{name}", f"{name} never changes") for name in NEVER_CHANGE),
    (f"{_state('oldSelf')} != {RETIRED} || {_state('self')} == {RETIRED}", "Retired is for ever"),
    (f"{_state('self')} != {REQUESTED} || {_state('oldSelf')} == {REQUESTED}", "nothing becomes Requested again"),
    (
        "oldSelf.?csr.orValue('') in ['', self.?csr.orValue('')]",
        "the signing request on record never changes",
    ),
)
RECORD: tuple[Rule, ...] = (("has(self.status) || !has(oldSelf.status)", "status is never taken away"),)

BY_TYPE = {"Status": STATUS, "Attempt": ATTEMPT}
