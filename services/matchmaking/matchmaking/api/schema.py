"""What goes over the wire, in and out. An unknown field is an error: a misspelt one would be ignored in silence."""

from typing import Annotated

from msgspec import Meta, Struct

Skill = Annotated[float, Meta(ge=-1e6, le=1e6, description="On whatever scale the game's modes use.")]
Latencies = Annotated[
    dict[Annotated[str, Meta(max_length=63)], Annotated[float, Meta(ge=0, le=10_000)]],
    Meta(max_length=32, description="Milliseconds by site; without any, every site will do."),
]
BearerToken = Annotated[str, Meta(min_length=1, max_length=4096)]


class _In(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    pass


class _Out(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    pass


class PartyMember(_In, frozen=True, kw_only=True):
    """Another player, who has given their token to the one who asks: nobody is queued who did not want to be."""

    token: BearerToken
    skill: Skill = 0.0
    latencies: Latencies = {}


class TicketRequest(_In, frozen=True, kw_only=True):
    """What the one who asks wants to play, and with whom."""

    mode: Annotated[str, Meta(min_length=1, max_length=127, description="As <game>/<mode>.")]
    skill: Skill = 0.0
    latencies: Latencies = {}
    party: Annotated[tuple[PartyMember, ...], Meta(max_length=999)] = ()


class ServerOut(_Out, frozen=True, kw_only=True):
    """Where to go, and what lets this player in there. Times are in seconds since the epoch."""

    addresses: list[str]
    token: str
    expires_at: float
    match: str
    team: int
    seat: int


class TicketOut(_Out, frozen=True, kw_only=True):
    """A ticket; `server` once its state is `assigned`."""

    id: str
    mode: str
    state: str
    created_at: float
    waiting_since: float
    players: list[str]
    server: ServerOut | None = None


class GuestOut(_Out, frozen=True, kw_only=True):
    """A new guest. Whoever has the token is that guest."""

    player: str
    token: str
    expires_at: float


class ModeOut(_Out, frozen=True, kw_only=True):
    """How it goes in a mode, in tickets and seconds. A figure that nobody knows now is left out."""

    mode: str
    players: int
    """Seats of a match."""

    waiting: int | None = None
    longest_wait: float | None = None
    typical_wait: float | None = None
    """Median of the latest tickets that got a server."""

    matches: int | None = None


class StatusOut(_Out, frozen=True, kw_only=True):
    """Nothing of any player."""

    cluster: str
    modes: list[ModeOut]
