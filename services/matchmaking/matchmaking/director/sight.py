"""What one look at a match knows of its servers: by the watch at first, by a quorum before anything rests on it."""

from matchmaking.director import action as act
from matchmaking.director.action import Action
from matchmaking.director.observed import Server
from matchmaking.director.observer import Observer
from matchmaking.director.record import MatchRecord, Phase
from matchmaking.settings import Mode

SHARED_SECONDS = 0.25
"""A list of servers is not used for longer."""


class Sight:
    """Of one match, for as long as one action follows another.

    That nothing is to be done the watch may say: what it has not heard yet, it tells later. A list serves several
    actions, while nobody but this director writes the record: no server comes to the match then, and one that goes
    is noticed no later than if the list had been slow.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._servers: tuple[Server, ...] = ()
        self._listed_at: float | None = None
        self._record: MatchRecord | None = None

    async def servers(self, record: MatchRecord, mode: Mode) -> tuple[Server, ...]:
        """Raises ApiError."""
        if self._listed_at is None:
            return self._observer.watched(record, mode)
        now = self._observer.ledger.monotonic()
        if record != self._record or now - self._listed_at > SHARED_SECONDS:
            self._listed_at, self._record = now, record
            self._servers = await self._observer.listed(record, mode)
        return self._servers

    def suffices(self, record: MatchRecord, action: Action) -> bool:
        """Whether the action may be done on what was seen. If not, a quorum is asked from now on."""
        if self._listed_at is not None or before_servers(record, action):
            return True
        self._listed_at = float("-inf")
        return False

    def done(self, left: MatchRecord | None) -> None:
        """The action has left the record like this; None: servers may have changed with it."""
        self._record = left
        if left is None:
            self._listed_at = float("-inf")


def before_servers(record: MatchRecord, action: Action) -> bool:
    """Whether there can't be a server yet that matters: no nonce was on record before, or none was sent."""
    return record.phase is Phase.PROPOSED or isinstance(action, act.Allocate)
