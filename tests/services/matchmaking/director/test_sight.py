"""When a look at a match asks a quorum for its servers, and when the watch will do."""

import pytest
from msgspec.structs import replace

from matchmaking.director import action as act
from matchmaking.director.observed import Server
from matchmaking.director.observer import Observer
from matchmaking.director.record import MatchRecord, Phase
from matchmaking.director.sight import SHARED_SECONDS, Sight
from matchmaking.settings import Mode
from tests.services.matchmaking.director.live.ground import mode

pytestmark = pytest.mark.asyncio

RECORD = MatchRecord(id="a", mode="m", namespace="n", members=(), roster=b"", created_at=0.0)
MODE: Mode = mode("n")


class Eyes(Observer):
    """Counts lists; each tells of one server more."""

    def __init__(self) -> None:
        self.ledger = self  # type: ignore[assignment]
        self.lists, self.time = 0, 100.0

    def monotonic(self) -> float:
        return self.time

    def watched(self, *_: object) -> tuple[Server, ...]:
        return ()

    async def listed(self, *_: object) -> tuple[Server, ...]:
        self.lists += 1
        server = Server(namespace="n", name=str(self.lists), uid="u", version="1", nonce="", joined=False)
        return (server,) * self.lists


@pytest.mark.parametrize(
    ("record", "action"),
    [(RECORD, act.Attempt()), (replace(RECORD, phase=Phase.ALLOCATING), act.Allocate("nonce"))],
)
async def test_before_anything_is_allocated_the_watch_will_do(record: MatchRecord, action: act.Action) -> None:
    eyes = Eyes()
    sight = Sight(eyes)
    assert await sight.servers(record, MODE) == ()
    assert sight.suffices(record, action)
    sight.done(replace(record, phase=Phase.ALLOCATING))
    assert await sight.servers(record, MODE) == ()
    assert eyes.lists == 0


@pytest.mark.parametrize("phase", [each for each in Phase if each is not Phase.PROPOSED])
async def test_nothing_else_rests_on_the_watch(phase: Phase) -> None:
    """Not a new attempt either: it would make a stranger of a server that the watch has not heard of."""
    eyes = Eyes()
    sight, record = Sight(eyes), replace(RECORD, phase=phase)
    await sight.servers(record, MODE)
    assert not sight.suffices(record, act.Attempt())
    assert len(await sight.servers(record, MODE)) == eyes.lists == 1
    assert sight.suffices(record, act.Attempt())


async def listed(record: MatchRecord) -> tuple[Eyes, Sight]:
    eyes = Eyes()
    sight = Sight(eyes)
    sight.suffices(record, act.Assign())
    await sight.servers(record, MODE)
    return eyes, sight


async def test_a_list_serves_what_follows_while_the_record_is_as_this_director_left_it() -> None:
    claimed = replace(RECORD, phase=Phase.CLAIMED)
    eyes, sight = await listed(claimed)
    assigned = replace(claimed, phase=Phase.ASSIGNED)
    sight.done(assigned)
    await sight.servers(assigned, MODE)
    assert eyes.lists == 1
    await sight.servers(replace(assigned, begun=True), MODE)
    assert eyes.lists == 2


async def test_a_list_is_used_for_a_moment_only() -> None:
    claimed = replace(RECORD, phase=Phase.CLAIMED)
    eyes, sight = await listed(claimed)
    eyes.time += SHARED_SECONDS + 0.01
    await sight.servers(claimed, MODE)
    assert eyes.lists == 2


async def test_after_what_touches_servers_a_quorum_is_asked() -> None:
    """An allocation that was answered has made a server the match's; the watch may not have heard of it."""
    eyes = Eyes()
    sight, record = Sight(eyes), replace(RECORD, phase=Phase.ALLOCATING)
    await sight.servers(record, MODE)
    assert sight.suffices(record, act.Allocate("nonce"))
    sight.done(None)
    await sight.servers(record, MODE)
    assert eyes.lists == 1
    sight.done(None)
    await sight.servers(record, MODE)
    assert eyes.lists == 2
