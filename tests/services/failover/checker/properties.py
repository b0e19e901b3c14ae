"""What must be so in every state. What may never be done is caught where it is done (replica.perform)."""

from failover.record import AttemptState
from tests.services.failover.checker.world import World

MOST = 2


def wrong(world: World) -> str:
    """S2: at most one machine may play, and at most two (a rival or a successor) are not on their way out."""
    attempts = world.record.attempts if world.record else ()
    if sum(each.state is AttemptState.OPEN for each in attempts) > 1:
        return "S2: two open machines"
    if sum(each.state is not AttemptState.RETIRED for each in attempts) > MOST:
        return f"S2: more than {MOST} machines of one incident"
    return ""
