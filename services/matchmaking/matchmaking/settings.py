"""The file of settings: a ConfigMap that apps/matchmaking.py renders. What a mode or a site is stands here."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct


class SettingsError(Exception):
    """The file can't be used: which field, and why."""


class _Part(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Base of all: an unknown field is a mistake."""


class Skill(_Part, frozen=True, kw_only=True):
    """How far apart players may be, and how much further with each second that they wait."""

    window: Annotated[float, Meta(gt=0)]
    widen_per_second: Annotated[float, Meta(ge=0)] = 0.0


class Latency(_Part, frozen=True, kw_only=True):
    """How far from a site its players may be, in milliseconds, and how much further with each second of waiting."""

    limit: Annotated[float, Meta(gt=0)]
    widen_per_second: Annotated[float, Meta(ge=0)] = 0.0


class Mode(_Part, frozen=True, kw_only=True):
    """A way to play, from games/*.yaml."""

    game: str
    name: str
    namespace: str
    """Of the tenant, where its GameServers are."""

    port: str
    """Name of the GameServer's port that players connect to."""

    teams: Annotated[int, Meta(ge=1)]
    players_per_team: Annotated[int, Meta(ge=1)]
    min_players: Annotated[int, Meta(ge=1)]
    """Fewer are never enough; equal to all seats if a match is never short."""

    fewer_after_seconds: Annotated[float, Meta(ge=0)] = 30.0
    """A match begins short of players only for someone who has waited this long."""

    skill: Skill | None = None
    latency: Latency | None = None
    backfill: bool = False
    longest_session_seconds: Annotated[float, Meta(gt=0)] = 10_800.0
    connect_window_seconds: Annotated[float, Meta(gt=0)] = 90.0
    """Players of a new match have this long to join."""

    @property
    def id(self) -> str:
        """`<game>/<mode>`: what a player asks for, and the name of its match profile."""
        return f"{self.game}/{self.name}"

    @property
    def seats(self) -> int:
        return self.teams * self.players_per_team


class Site(_Part, frozen=True, kw_only=True):
    """Where machines stand; home is used first."""

    name: str
    kind: Literal["home", "cloud"]


class Endpoint(_Part, frozen=True, kw_only=True):
    """How players reach a node: an address the Node object may not show. At least one of the two."""

    ipv4: str = ""
    ipv6: str = ""


class OpenMatch(_Part, frozen=True, kw_only=True):
    """Addresses (host:port, gRPC) of an Open Match core, and of our own functions as it reaches them."""

    frontend: str
    backend: str
    query: str
    function_host: str
    function_port: Annotated[int, Meta(ge=1, le=65535)]


class Issuer(_Part, frozen=True, kw_only=True):
    """Who vouches for players: an OpenID Connect provider."""

    issuer: str
    audiences: Annotated[tuple[str, ...], Meta(min_length=1)]
    """One of them is who a token is for: the game's client ids, as a rule one for each platform."""

    algorithms: Annotated[tuple[Literal["RS256", "ES256", "EdDSA"], ...], Meta(min_length=1)] = ("RS256",)
    jwks_uri: str = ""
    """Where its keys are; found by OpenID Connect Discovery if empty."""


class Players(_Part, frozen=True, kw_only=True):
    """Who may play."""

    issuers: tuple[Issuer, ...] = ()
    guests: bool = False
    """Whether anyone may have an identity of the cluster's own, which lasts for a day."""


class Tokens(_Part, frozen=True, kw_only=True):
    """Tokens that let a player into a match."""

    issuer: str
    """`iss`: the address of this cluster's matchmaking."""

    algorithm: Literal["EdDSA", "RS256"] = "EdDSA"
    keys: str = "/var/run/secrets/homeground.dev/matchmaking/keys"
    """A folder with a private key in PEM a file; see matchmaking/tokens. Empty: a key that dies with the process,
    for embedded mode, whose queue does too."""


class Limits(_Part, frozen=True, kw_only=True):
    """What one player or address may ask for, as `<n>/<period>` of the `limits` library."""

    per_player: str = "30/minute"
    """Of requests that change something."""

    per_address: str = "600/minute"
    """Of all requests: a household or a university shares one."""

    per_relay: str = "6000/minute"
    """Of all requests from a machine that stands between: any number of players are behind it."""

    body_bytes: Annotated[int, Meta(ge=1024)] = 16_384
    party: Annotated[int, Meta(ge=1, le=1000)] = 16
    ticket_seconds: Annotated[float, Meta(gt=0)] = 600.0
    """A ticket lives no longer than this, however patient its player."""

    silence_seconds: Annotated[float, Meta(gt=0)] = 30.0
    """A ticket that nobody waits on goes after this: a client that vanishes leaves no ghost."""


class Settings(_Part, frozen=True, kw_only=True):
    """All of it."""

    cluster: str
    modes: tuple[Mode, ...]
    sites: tuple[Site, ...]
    endpoints: dict[str, Endpoint] = {}
    """By the name of the node; a node that is not named is reached at the address that Agones tells."""

    node_failovers: bool = False
    """Whether temporary nodes stand in for dead ones here: their NodeFailovers tell how players reach them."""

    tokens: Tokens
    players: Players = Players()
    limits: Limits = Limits()
    open_match: OpenMatch | None = None
    """None: embedded, all in this process."""

    relays: tuple[str, ...] = ()
    """CIDRs of machines whose address stands for many: where a Service's traffic is handed from node to node."""

    store: str = ""
    """valkey://<host>:<port>/<db>; empty: in this process's memory, which only embedded mode may use."""

    def mode(self, mode_id: str) -> Mode | None:
        return next((mode for mode in self.modes if mode.id == mode_id), None)


def load(path: Path) -> Settings:
    """Raises SettingsError, which names the file and the field."""
    try:
        settings = msgspec.yaml.decode(path.read_bytes(), type=Settings)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise SettingsError(f"{path}: {error}") from error
    if bool(settings.open_match) != bool(settings.store):
        raise SettingsError(
            f"{path}: openMatch and store go together: Open Match core with a Valkey, or neither for embedded mode"
        )
    if settings.store and not settings.tokens.keys:
        raise SettingsError(f"{path}: tokens.keys is empty: replicas that share a store have to share their keys")
    try:
        for each in settings.relays:
            ip_network(each)
    except ValueError as error:
        raise SettingsError(f"{path}: relays: {error}") from error
    return settings
