"""Guests, and what is none."""

from collections.abc import Callable
from pathlib import Path

import jwt
import pytest

from matchmaking.identity import UnauthorizedError
from matchmaking.identity.authenticator import Authenticator
from matchmaking.identity.guests import SECONDS, TYPE, Guests
from matchmaking.tokens.keys import Key, Keys
from tests.doubles.clock import VirtualClock
from tests.services.matchmaking.tokens.forge import ISSUER, ed25519_pem, keys_in, signed

pytestmark = pytest.mark.asyncio


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return keys_in(tmp_path, only=ed25519_pem())


async def test_a_guest_is_known_again_for_a_day(keys: Keys) -> None:
    clock = VirtualClock(by_hand=True)
    guest = Guests(ISSUER, keys, clock).create()
    replica = Authenticator(Guests(ISSUER, keys, clock))
    assert (await replica.authenticate(f"Bearer {guest.token}")).subject == guest.subject
    assert guest.subject.startswith("guest:")
    assert guest.expires_at == int(clock.now().timestamp()) + SECONDS
    await clock.advance(SECONDS - 1)
    assert await replica.authenticate(f"bearer {guest.token}")
    await clock.advance(2)
    with pytest.raises(UnauthorizedError, match="expired"):
        await replica.authenticate(f"Bearer {guest.token}")


Forge = Callable[[Key, dict[str, object]], str]
FORGED: dict[str, Forge] = {
    "a join token": signed,
    "another audience": lambda key, claims: signed(key, claims | {"aud": ISSUER}, typ=TYPE),
    "another issuer": lambda key, claims: signed(key, claims | {"iss": "https://evil.example"}, typ=TYPE),
    "an unknown key": lambda key, claims: signed(key, claims, typ=TYPE, kid="other"),
    "no player": lambda key, claims: signed(key, claims, without="sub", typ=TYPE),
    "no end": lambda key, claims: signed(key, claims, without="exp", typ=TYPE),
    "an end that is no number": lambda key, claims: signed(key, claims | {"exp": "never"}, typ=TYPE),
    "somebody of an issuer": lambda key, claims: signed(key, claims | {"sub": "oidc:anna"}, typ=TYPE),
    "a player that is a list": lambda key, claims: signed(key, claims | {"sub": ["guest:a"]}, typ=TYPE),
    "nothing": lambda *_: "",
    "no token": lambda *_: "a.b.c",
    "far too much": lambda *_: "a" * 100_000,
    "unsigned": lambda key, claims: jwt.encode(claims, "", "none", {"kid": key.id, "typ": TYPE}),
    "by HMAC": lambda key, claims: jwt.encode(claims, "x" * 64, "HS256", {"kid": key.id, "typ": TYPE}),
}


@pytest.mark.parametrize("title", FORGED)
async def test_a_forged_guest_is_nobody(title: str, keys: Keys) -> None:
    clock = VirtualClock(by_hand=True)
    end = int(clock.now().timestamp()) + 60
    claims: dict[str, object] = {"iss": ISSUER, "aud": f"{ISSUER}/guests", "sub": "guest:anna", "exp": end}
    guests = Authenticator(Guests(ISSUER, keys, clock))
    assert guests.identify(signed(keys.current.signing, claims, typ=TYPE)).subject == "guest:anna"
    with pytest.raises(UnauthorizedError):
        guests.identify(FORGED[title](keys.current.signing, claims))


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "token"])
async def test_a_request_without_a_bearer_is_nobodys(header: str | None, keys: Keys) -> None:
    with pytest.raises(UnauthorizedError, match="no bearer token"):
        await Authenticator(Guests(ISSUER, keys, VirtualClock())).authenticate(header)


async def test_where_guests_are_not_allowed_none_is_known(keys: Keys) -> None:
    token = Guests(ISSUER, keys, VirtualClock()).create().token
    with pytest.raises(UnauthorizedError, match="not allowed"):
        await Authenticator(None).authenticate(f"Bearer {token}")
