"""Players of OpenID Connect providers, and the keys that prove them."""

import asyncio
from pathlib import Path

import pytest

from matchmaking.identity import UnauthorizedError
from matchmaking.identity.authenticator import Authenticator
from matchmaking.identity.guests import Guests
from matchmaking.identity.oidc import EARLY_SECONDS, Oidc, subject
from matchmaking.settings import Issuer, SettingsError
from tests.doubles.clock import VirtualClock
from tests.services.matchmaking.identity.ground import (
    asked_in_between,
    eventually,
    failed,
    heard,
    is_known,
    knowing,
    refused,
    token,
)
from tests.services.matchmaking.identity.provider import DISCOVERY, KEYS, serving
from tests.services.matchmaking.identity.signer import ALGORITHMS, AUDIENCE, Signer, claims, signer
from tests.services.matchmaking.tokens.forge import ISSUER, ed25519_pem, keys_in

pytestmark = pytest.mark.asyncio


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(by_hand=True)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_player_is_known_by_the_keys_that_are_discovered(algorithm: str, clock: VirtualClock) -> None:
    async with serving(signer(algorithm)) as provider, knowing(provider, clock, algorithms=(algorithm,)) as oidc:
        await heard(oidc)
        anna = token(provider, signer(algorithm), clock)
        assert oidc.identify(anna).subject == f"{provider.issuer}|anna"
        await clock.advance(309)
        assert is_known(oidc, anna), "clocks differ by some seconds"
        await clock.advance(1)
        assert refused(oidc, anna) == "expired"


@pytest.mark.parametrize("path", ["/realms/one", "/realms/one/", "/"])
async def test_an_issuer_may_have_a_path(path: str, clock: VirtualClock) -> None:
    async with serving(signer(), path=path) as provider, knowing(provider, clock) as oidc:
        await heard(oidc)
        assert oidc.identify(token(provider, signer(), clock)).subject == f"{provider.address}{path}|anna"


async def test_keys_whose_place_is_known_are_not_looked_for(clock: VirtualClock) -> None:
    async with serving(signer()) as provider, knowing(provider, clock, jwks_uri=provider.address + KEYS) as oidc:
        await heard(oidc)
        assert is_known(oidc, token(provider, signer(), clock))
        assert dict(provider.asked) == {KEYS: 1}


async def test_a_new_key_is_asked_for_and_an_old_one_ends(clock: VirtualClock) -> None:
    old, new = signer(id="old"), signer("EdDSA", "new")
    async with serving(old) as provider, knowing(provider, clock) as oidc:
        await heard(oidc)
        provider.signers = [old, new]
        await clock.advance(EARLY_SECONDS)
        assert refused(oidc, token(provider, new, clock)) == "unknown key"
        await heard(oidc)
        assert is_known(oidc, token(provider, new, clock))
        assert is_known(oidc, token(provider, old, clock))
        provider.signers = [new]
        await clock.advance(3600)
        await heard(oidc)
        assert refused(oidc, token(provider, old, clock)) == "unknown key"
        assert is_known(oidc, token(provider, new, clock))


async def test_a_game_has_a_client_id_on_each_platform(clock: VirtualClock) -> None:
    async with serving(signer()) as provider, knowing(provider, clock, audiences=("desktop", "phone")) as oidc:
        await heard(oidc)
        good = claims(provider.issuer) | {"exp": clock.now().timestamp() + 60}
        for audience in ("desktop", "phone", ["phone"]):
            assert is_known(oidc, signer().sign(good | {"aud": audience}))
        both = good | {"aud": ["desktop", "phone"]}
        assert refused(oidc, signer().sign(both)) == "for another party", "nobody says to whom it was issued"
        assert is_known(oidc, signer().sign(both | {"azp": "phone"}))
        assert refused(oidc, signer().sign(good | {"aud": "console"})) == "InvalidAudienceError"


async def test_a_flood_of_unknown_keys_is_one_request(clock: VirtualClock) -> None:
    async with serving(signer()) as provider, knowing(provider, clock) as oidc:
        await heard(oidc)
        await clock.advance(60)
        for number in range(1000):
            assert refused(oidc, Signer(f"forged-{number}", "ES256", signer().private).sign({})) == "unknown key"
        provider.signers.append(signer(id="second"))
        await heard(oidc)
        assert is_known(oidc, token(provider, signer(id="second"), clock))
        for time in range(1, 10):
            await clock.advance(1)
            for number in range(100):
                refused(oidc, Signer(f"forged-{time}-{number}", "ES256", signer().private).sign({}))
            assert await asked_in_between(provider, clock) == 2
        await clock.advance(1)
        await heard(oidc)
        await clock.advance(300)
        assert await asked_in_between(provider, clock) == 3, "it is over"
        assert provider.asked[DISCOVERY] == 1


LASTS = {
    "public, max-age=120": 120,
    "max-age=1": 60,
    "max-age=0": 60,
    "max-age=86400": 3600,
    "max-age=99999999999999999999": 3600,
    "no-store": 60,
    "private, no-cache, max-age=1200": 60,
    's-maxage=1, Max-Age="600"': 600,
    "max-age=-5": 300,
    "max-age=soon": 300,
    "": 300,
}


@pytest.mark.parametrize("cache_control", LASTS)
async def test_keys_are_kept_for_as_long_as_they_may(cache_control: str, clock: VirtualClock) -> None:
    async with serving(signer(), cache_control=cache_control) as provider, knowing(provider, clock) as oidc:
        await heard(oidc)
        await clock.advance(LASTS[cache_control] - 1)
        assert await asked_in_between(provider, clock) == 1
        await clock.advance(1)
        await eventually(lambda: provider.asked[KEYS] == 2)


async def test_a_provider_that_is_down_keeps_its_keys_and_comes_back(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    new = signer(id="new")
    async with serving(signer()) as provider, knowing(provider, clock) as oidc:
        await heard(oidc)
        await provider.stop()
        await clock.advance(3600)
        for failures in (1, 2, 3):
            wait = await failed(caplog, failures)
            assert "no answer" in oidc.error
            assert is_known(oidc, token(provider, signer(), clock))
            if failures == 3:
                provider.signers = [new]
                await provider.start()
            await clock.advance(wait)
        await heard(oidc)
        assert is_known(oidc, token(provider, new, clock))
        await provider.stop()
        await clock.advance(3600)
        assert await failed(caplog, 4) <= 1, "another outage begins anew"


async def test_who_plays_while_the_provider_is_down_at_the_start(
    tmp_path: Path, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    guests = Guests(ISSUER, keys_in(tmp_path, only=ed25519_pem()), clock)
    async with serving(signer()) as provider:
        await provider.stop()
        async with knowing(provider, clock) as oidc:
            authenticator = Authenticator(guests, [oidc])
            wait = await failed(caplog, 1)
            assert "no answer" in oidc.error
            anna = token(provider, signer(), clock)
            with pytest.raises(UnauthorizedError, match="unknown key"):
                await authenticator.authenticate(f"Bearer {anna}")
            assert authenticator.identify(guests.create().token).subject.startswith("guest:")
            await provider.start()
            await clock.advance(wait)
            await heard(oidc)
            assert (await authenticator.authenticate(f"Bearer {anna}")).subject == f"{provider.issuer}|anna"


async def test_anna_of_one_issuer_is_not_anna_of_another(tmp_path: Path, clock: VirtualClock) -> None:
    guests = Guests(ISSUER, keys_in(tmp_path, only=ed25519_pem()), clock, ids=lambda: "anna")
    one, two = signer(id="one"), signer("RS256", "two")
    async with (
        serving(one) as first,
        serving(two) as second,
        knowing(first, clock) as of_first,
        knowing(second, clock) as of_second,
    ):
        authenticator = Authenticator(guests, [of_first, of_second])
        await asyncio.gather(heard(of_first), heard(of_second))
        tokens = [token(first, one, clock), token(second, two, clock), guests.create().token]
        assert [authenticator.identify(each).subject for each in tokens] == [
            f"{first.issuer}|anna",
            f"{second.issuer}|anna",
            "guest:anna",
        ]
        for forged in (two.sign(claims(first.issuer)), one.sign(claims(second.issuer)), two.sign(claims(ISSUER))):
            with pytest.raises(UnauthorizedError):
                authenticator.identify(forged)


NOBODYS = {
    "nothing": "",
    "a dot": ".",
    "not base64": "a.b.c",
    "far too many parts": "x." * 9000,
    "not ASCII": ".\u00ff.",
    "half a character": "\ud800.\ud800.x",
    "a list": ".W10.",
    "an issuer that is a number": ".eyJpc3MiOjd9.",
    "deep": f".{'W1tb' * 2000}.",
}


@pytest.mark.parametrize("title", NOBODYS)
async def test_what_is_of_no_issuer_is_of_nobody(title: str, clock: VirtualClock) -> None:
    oidc = Oidc(Issuer(issuer="https://id.example", audiences=(AUDIENCE,)), clock)
    with pytest.raises(UnauthorizedError, match="not allowed"):
        Authenticator(None, [oidc]).identify(NOBODYS[title])


async def test_an_id_of_a_player_names_the_issuer() -> None:
    said = [
        ("https://id.example", "auth0|7"),
        ("https://id.example/", "auth0|7"),
        ("https://id.example/auth0", "7"),
        ("https://id.example:8443", "auth0|7"),
        ("http://localhost", "auth0|7"),
        ("https://localhost", "auth0|7"),
    ]
    ids = [subject(issuer, sub) for issuer, sub in said]
    assert ids[0] == "id.example|auth0|7"
    assert len(set(ids)) == len(said)


UNSAFE = [
    ("http://id.example", ""),
    ("http://127.0.0.1.id.example", ""),
    ("http://10.0.0.1", ""),
    ("ftp://id.example", ""),
    ("id.example", ""),
    ("https://", ""),
    ("https://[::1", ""),
    ("https://id.example?realm=one", ""),
    ("https://id.example#one", ""),
    ("https://id.example|one", ""),
    ("https://id.example/\u00e9", ""),
    ("https://id.example/ ", ""),
    ("https://id.example", "http://id.example/keys"),
    ("https://id.example", "http://127.0.0.1/keys"),
    ("https://id.example", "file:///etc/keys"),
    ("http://localhost:8080", "http://id.example/keys"),
]


@pytest.mark.parametrize(("issuer", "jwks_uri"), UNSAFE)
async def test_an_issuer_that_cannot_be_asked_safely_is_not_begun_with(issuer: str, jwks_uri: str) -> None:
    with pytest.raises(SettingsError, match=r"players\.issuers"):
        Oidc(Issuer(issuer=issuer, audiences=(AUDIENCE,), jwks_uri=jwks_uri), VirtualClock())


async def test_an_issuer_is_there_one_time(clock: VirtualClock) -> None:
    twice = [Oidc(Issuer(issuer="https://id.example", audiences=(each,)), clock) for each in ("one", "two")]
    with pytest.raises(SettingsError, match="twice"):
        Authenticator(None, twice)
