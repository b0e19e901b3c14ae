"""The out-of-service taint gives up everything on a machine: it needs evidence, and never outlives the outage."""

from msgspec.structs import replace

from failover.decision.action import Action, FinalStatus, LiftOutOfService, TaintOutOfService, WriteStatus
from failover.decision.situation import Situation
from failover.record import Evidence, EvidenceKind

EXPLICIT = (EvidenceKind.POWERED_OFF, EvidenceKind.CONFIRMED)
"""Evidence that names this very machine; that it is dark is also true of every machine of a dark site."""


def lift(case: Situation) -> Action | None:
    """A node that is Ready loses our taint, in every phase and without a record.

    On a Ready node the taint is an ordinary NoExecute eviction: it would kill whatever runs there, for ever (D9).
    """
    home = case.seen.home
    if home and home.out_of_service and home.ready:
        return LiftOutOfService(home.name, home.version)
    return None


def forget(case: Situation) -> Action | None:
    """A machine that was heard of since is not dead by what was known before.

    Else the taint would come with the next silence of the same incident, upon the matches that began in between.
    """
    written = case.status.evidence
    if not written or written.spent or not case.fine:
        return None
    status = replace(case.status, evidence=replace(written, spent=True))
    return WriteStatus(case.record.version, status, "AliveAgain", f"{case.seen.name}: {written.kind} counts no longer")


def record(case: Situation) -> Action | None:
    """Evidence is written down first, with the incident that it is of: what was true of an earlier one is ignored."""
    found = evidence(case)
    if not found or not case.down or not case.status.open:
        return None
    known = case.status.evidence
    if known and known.incident == case.status.incident and not known.spent:
        return None
    written = Evidence(kind=found, incident=case.status.incident, at=case.now)
    status = replace(case.status, evidence=written)
    return FinalStatus(case.record.version, status, "DeadConfirmed", f"{case.seen.name}: {found}")


def taint(case: Situation) -> Action | None:
    """With evidence on record for this incident, and the node still not Ready.

    A partition looks the same as death from here, and its matches go on (KEP-2268 names it a non-goal): so never on
    silence alone, and not while a whole site is silent, unless the evidence is of this machine.
    """
    home, written = case.seen.home, case.status.evidence
    if not home or home.ready or home.out_of_service or not case.status.open or not written:
        return None
    if written.spent or written.incident != case.status.incident or not may_give_up(case, written.kind):
        return None
    if not evidence(case):
        return None  # it is not so any more
    return TaintOutOfService(home.name, home.version, written.kind)


def evidence(case: Situation) -> EvidenceKind | None:
    """What says that the machine is dead, the strongest first.

    A person's word stays where it was written, so it is no evidence once any of this incident is spent.
    """
    if case.seen.powered_off:
        return EvidenceKind.POWERED_OFF
    spent = case.status.evidence is not None and case.status.evidence.spent
    if case.seen.record and not spent and case.record.confirmed_dead == case.status.incident > 0:
        return EvidenceKind.CONFIRMED
    if case.seen.dark_for > case.config.longest_session:
        return EvidenceKind.DARK
    return None


def may_give_up(case: Situation, kind: EvidenceKind) -> bool:
    """Storms: with the site out, or too many nodes down, only evidence of this machine counts."""
    storm = case.seen.around.outage or case.seen.around.down > case.config.max_unhealthy
    return kind in EXPLICIT or not storm
