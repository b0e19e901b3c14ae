"""One game: its server, its fleet and its match modes. The only place where a fleet size stands."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.facts import Cpu, Facts, Folder, Memory, Name, Text

Port = Annotated[int, Meta(ge=1, le=65535)]
Seconds = Annotated[int, Meta(ge=1, le=86400)]


class ServerPort(Facts, frozen=True, kw_only=True):
    """A port the game server listens on. Players reach it on a host port that Agones picks."""

    name: Name
    container_port: Annotated[Port, Meta(description="Where the server listens, inside.", examples=[7777])]
    protocol: Annotated[Literal["UDP", "TCP"], Meta(description="What it speaks there.")] = "UDP"


class Health(Facts, frozen=True, kw_only=True):
    """How Agones judges a server that must call the SDK's Health; it is replaced when it stops."""

    initial_delay_seconds: Annotated[Seconds, Meta(description="Time to start up.")] = 30
    period_seconds: Annotated[Seconds, Meta(description="Longest silence between two calls.")] = 15
    failure_threshold: Annotated[int, Meta(ge=1, le=1000, description="Periods of silence before it counts.")] = 3


class Server(Facts, frozen=True, kw_only=True):
    """One dedicated server: the container, what it needs and what it may use."""

    image: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+(:[A-Za-z0-9_][A-Za-z0-9._-]*)?(@sha256:[0-9a-f]{64})?$",
            description="Full image reference with a tag or, better, a digest; never `latest`.",
            examples=["ghcr.io/example/server:1.4.0"],
        ),
    ]
    players: Annotated[int, Meta(ge=1, le=1000, description="Seats of one match.")]
    ports: Annotated[list[ServerPort], Meta(min_length=1, description="What players connect to.")]
    cpu: Cpu
    memory: Memory
    env: Annotated[
        dict[Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", examples=["SERVER_MAP"])], Text],
        Meta(description="Variables for the server. No secrets: this file is public to the team."),
    ] = {}
    writable: Annotated[
        list[Folder],
        Meta(description="Folders the server writes to besides /tmp; the rest is read-only."),
    ] = []
    health: Health = Health()
    longest_session_minutes: Annotated[
        int,
        Meta(
            ge=1,
            le=1440,
            description="A match never lasts longer. Servers on an unreachable node are left alone this long.",
        ),
    ] = 180
    shutdown_seconds: Annotated[
        int, Meta(ge=0, le=3600, description="Grace after SIGTERM, terminationGracePeriodSeconds.")
    ] = 30


class Files(Facts, frozen=True, kw_only=True):
    """Where the game's files come from. Always read-only, always one content hash."""

    backend: Annotated[
        Literal["image", "csi-s3", "mountpoint-s3"],
        Meta(description="`image`: baked into the image. The others mount object storage."),
    ] = "image"
    revision: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None,
        Meta(
            description="SHA-256 of the build; files lie under `<game>/<revision>/` in the bucket.",
        ),
    ] = None
    size: Annotated[Memory | None, Meta(description="Size of the volume.")] = None
    mount_path: Annotated[Folder, Meta(description="Where the server finds them.")] = "/game"

    @property
    def mounted(self) -> bool:
        """Whether they come on a volume; else they are in the image."""
        return self.backend != "image"


MOST_SERVERS = 100_000


class Autoscale(Facts, frozen=True, kw_only=True):
    """Agones Buffer policy: always `buffer` servers ready, between `min` and `max`."""

    buffer: Annotated[int, Meta(ge=1, le=MOST_SERVERS, description="Servers that wait for players.")]
    min: Annotated[int, Meta(ge=0, le=MOST_SERVERS, description="Never fewer.")]
    max: Annotated[int, Meta(ge=1, le=MOST_SERVERS, description="Never more, but for those stranded on a dead node.")]


class Fleet(Facts, frozen=True, kw_only=True):
    """How many servers. Exactly one of `replicas` and `autoscale`."""

    replicas: Annotated[
        Annotated[int, Meta(ge=0, le=MOST_SERVERS)] | None, Meta(description="A fixed number of servers.")
    ] = None
    autoscale: Autoscale | None = None
    site: Annotated[
        str | None,
        Meta(description="Pin to one site. Without it: home first, the cloud when home fails."),
    ] = None


class Skill(Facts, frozen=True, kw_only=True):
    """How far apart players may be; the window widens while they wait."""

    window: Annotated[float, Meta(gt=0, le=1_000_000, description="Largest difference at first.")]
    widen_per_second: Annotated[float, Meta(ge=0, le=1_000_000, description="How much it grows in a second.")] = 0


class Latency(Facts, frozen=True, kw_only=True):
    """How far players may be from a site, in milliseconds; the limit widens while they wait."""

    limit: Annotated[float, Meta(gt=0, le=10_000, description="Longest round trip at first.")]
    widen_per_second: Annotated[float, Meta(ge=0, le=10_000, description="How much it grows in a second.")] = 0


class Mode(Facts, frozen=True, kw_only=True):
    """A way to play, as matchmaking sees it."""

    name: Name
    teams: Annotated[int, Meta(ge=1, le=1000, description="Sides of a match.", examples=[2])]
    players_per_team: Annotated[int, Meta(ge=1, le=1000, description="Seats of each side.", examples=[4])]
    min_players: Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="Start with fewer after waiting.")] = (
        None
    )
    fewer_after_seconds: Annotated[
        Seconds, Meta(description="A match starts with fewer only for someone who has waited this long.")
    ] = 30
    skill: Skill | None = None
    latency: Latency | None = None
    connect_window_seconds: Annotated[
        int, Meta(ge=10, le=600, description="Players of a new match have this long to join.")
    ] = 90
    backfill: Annotated[bool, Meta(description="Fill free seats of running matches.")] = False


class Game(Facts, frozen=True, kw_only=True):
    """A game and the fleet that serves it."""

    name: Annotated[
        Name, Meta(description="Equals the file's name: a DNS label of at most 40 characters.", examples=["domination"])
    ]
    tenant: Annotated[
        Name,
        Meta(
            description="Who owns it: a DNS label of at most 40 characters; one namespace a tenant.",
            examples=["mizuame"],
        ),
    ]
    clusters: Annotated[
        Annotated[list[Name], Meta(min_length=1)] | None,
        Meta(description="Only on these clusters. Without it: on every cluster."),
    ] = None
    server: Server
    fleet: Fleet
    files: Files = Files()
    modes: Annotated[list[Mode], Meta(min_length=1, description="Ways to play it.")]
