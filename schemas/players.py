"""Who plays on a cluster, and how they reach it."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.facts import Facts, Text


class Issuer(Facts, frozen=True, kw_only=True):
    """An OpenID Connect provider that vouches for players."""

    issuer: Annotated[
        str,
        Meta(
            pattern=r"^https://[^\s?#]+$",
            description="As its ID tokens say in `iss`.",
            examples=["https://login.example.org"],
        ),
    ]
    audiences: Annotated[
        list[Text],
        Meta(
            min_length=1,
            description="The games' client ids there, one for each platform they run on: `aud` of the tokens is one.",
            examples=[["my-game-desktop", "my-game-console"]],
        ),
    ]
    algorithm: Annotated[
        Literal["RS256", "ES256", "EdDSA"], Meta(description="What it signs with; nothing else is believed.")
    ] = "RS256"
    jwks_uri: Annotated[
        Annotated[str, Meta(pattern=r"^https://\S+$")] | None,
        Meta(description="Where its keys are. Without it: as its discovery document says."),
    ] = None


class Players(Facts, frozen=True, kw_only=True):
    """How players reach matchmaking, and who they are."""

    url: Annotated[
        str,
        Meta(
            pattern=r"^https?://[0-9A-Za-z]([0-9A-Za-z.:-]{0,251}[0-9A-Za-z])?$",
            description="Where they reach it: `iss` of the tokens that let them into a match.",
            examples=["https://play.example.org"],
        ),
    ]
    guests: Annotated[bool, Meta(description="Whether anyone may play, with an identity that lasts for a day.")] = False
    issuers: Annotated[list[Issuer], Meta(description="Who vouches for the others.")] = []
    pool: Annotated[str | None, Meta(description="Address pool for its Service. Without it: a port of every node.")] = (
        None
    )
