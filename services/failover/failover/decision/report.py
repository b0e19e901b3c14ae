"""What people and other programs are told: phase, sessions, conditions. Nothing is decided on any of it."""

from msgspec.structs import replace

from failover.decision import planned, provisioning
from failover.decision.action import Action, WriteStatus
from failover.decision.situation import Situation
from failover.record import AttemptState, Condition, Phase, Status

States = dict[str, tuple[bool, str, str]]


def write(case: Situation) -> Action | None:
    """Bring the report up to date, if it is not."""
    status = reported(case)
    if status == case.status:
        return None
    stalled = status.blocked and status.blocked != case.status.blocked
    return WriteStatus(case.record.version, status, "FailoverBlocked" if stalled else "", status.blocked)


def reported(case: Situation) -> Status:
    """The status with its report as it should be."""
    status = replace(
        case.status,
        observed_generation=case.record.generation,
        phase=phase(case),
        sessions=sessions(case),
        blocked=stalled(case),
        attempts=tuple(
            replace(each, suspected=bool(each.opened_at) and case.seen.host(each.number).suspect)
            for each in case.status.attempts
        ),
    )
    return replace(status, conditions=conditions(case, status))


def phase(case: Situation) -> Phase:
    """The furthest that any attempt is."""
    if not case.status.open and not case.status.attempts:
        return Phase.COMPLETED if case.status.history else Phase.IDLE
    for state, word in (
        (AttemptState.OPEN, Phase.RECOVERING if case.fine and not case.planned else Phase.ACTIVE),
        (AttemptState.DRAINING, Phase.DRAINING),
        (AttemptState.REQUESTED, Phase.PROVISIONING),
        (AttemptState.RETIRED, Phase.RETIRING),
    ):
        if case.attempts(state):
            return word
    return Phase.PROVISIONING if case.wanted else Phase.RETIRING


def sessions(case: Situation) -> int:
    """Matches on machines that are being drained, the home node in a planned failover included."""
    draining = sum(host.sessions for _, host in case.attempts(AttemptState.DRAINING))
    at_home = sum(server.protected for server in case.seen.servers) if case.status.home_epoch else 0
    return draining + at_home


def stalled(case: Situation) -> str:
    """Why nothing is done though a machine is needed."""
    if case.status.open and case.wanted and provisioning.needed(case):
        return provisioning.blocked(case)
    return ""


def conditions(case: Situation, status: Status) -> tuple[Condition, ...]:
    """metav1 conditions; the time of each is that of its last change."""
    before = {each.type: each for each in case.status.conditions}
    made = []
    for kind, (true, reason, message) in states(case, status).items():
        word = "True" if true else "False"
        old = before.get(kind)
        since = old.last_transition_time if old and old.status == word else case.now
        made.append(
            Condition(
                type=kind,
                status=word,
                reason=reason,
                message=message,
                last_transition_time=since,
                observed_generation=status.observed_generation,
            )
        )
    return tuple(made)


def states(case: Situation, status: Status) -> States:
    """Each condition: whether it is so, the reason in one word, and what a person should know."""
    home = case.seen.home
    playing = [host for _, host in case.attempts(AttemptState.OPEN)]
    node = playing[0].node if playing else None
    found = status.evidence
    dead = bool(found and not found.spent and found.incident == status.incident and status.open)
    well = not status.open and not status.attempts
    joined = bool(node and not node.quarantined)
    return {
        "Suspected": (case.suspect or case.down, "NotReady" if case.down else "Lease", ""),
        "NodeJoined": (bool(node), "Open" if node else "None", node.name if node else ""),
        "NodeReady": (joined and bool(node and node.ready), "Playing" if joined else "Waiting", status.public_endpoint),
        "DeadConfirmed": (dead, str(status.evidence.kind) if dead and status.evidence else "NoEvidence", ""),
        "TaintApplied": (bool(home and home.out_of_service), "OutOfService" if dead else "NoEvidence", ""),
        "HandedOver": (planned.handed_over(case), "Planned" if case.planned else "NotPlanned", ""),
        "Blocked": (bool(status.blocked), status.blocked.partition(":")[0] or "NotBlocked", status.blocked),
        "Ready": (well or joined, "Well" if well else "StandingIn" if joined else "Provisioning", status.blocked),
    }
