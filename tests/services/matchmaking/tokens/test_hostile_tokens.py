"""Tokens that must let nobody in, each with the reason it is refused for."""

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from matchmaking.place import Place
from matchmaking.tokens import jwks
from matchmaking.tokens.keys import Key, Keys
from matchmaking.tokens.mint import TYPE, Minter
from matchmaking.tokens.verify import Claims, Reason, TokenRefusedError, Verifier
from tests.doubles.clock import VirtualClock
from tests.services.matchmaking.tokens.forge import (
    GOOD,
    ISSUER,
    NAMESPACE,
    NONCE,
    NOW,
    SERVER,
    ed25519_pem,
    keys_in,
    part,
    pem,
    rsa_key,
    signed,
)


class Case(NamedTuple):
    title: str
    forge: Callable[[Key, Keys], str]
    reason: Reason


def changed(title: str, reason: Reason, **claims: Any) -> Case:
    return Case(title, lambda key, _: signed(key, GOOD | claims), reason)


def headed(title: str, reason: Reason, **header: Any) -> Case:
    return Case(title, lambda key, _: signed(key, **header), reason)


def _unsigned(key: Key, _: Keys) -> str:
    return f"{part({'alg': 'none', 'typ': TYPE, 'kid': key.id})}.{part(GOOD)}."


def _hmac_with_public_key(key: Key, keys: Keys) -> str:
    """The oldest trick: the published key as a shared secret."""
    content = f"{part({'alg': 'HS256', 'typ': TYPE, 'kid': key.id})}.{part(GOOD)}"
    secret = json.loads(jwks.document(keys.current).body)["keys"][0]["x"].encode()
    return f"{content}.{part(hmac.new(secret, content.encode(), hashlib.sha256).digest())}"


def _of_another(key: Key, _: Keys) -> str:
    stranger = Key(key.id, "RS256", rsa_key(), {})
    return signed(stranger)


def _numbered(key: Key, _: Keys) -> str:
    return part({"alg": "EdDSA", "typ": TYPE, "kid": 7}) + "." + signed(key).split(".", 1)[1]


def _without(name: str) -> Case:
    return Case(f"without {name}", lambda key, _: signed(key, without=name), Reason.CLAIMS)


def _swapped_claims(key: Key, _: Keys) -> str:
    head, _old, signature = signed(key).split(".")
    return f"{head}.{part(GOOD | {'sub': 'mallory'})}.{signature}"


def _flipped(key: Key, _: Keys) -> str:
    token = signed(key)
    return token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]


def _twice_the_same_claim(key: Key, _: Keys) -> str:
    """Whatever a parser makes of it."""
    head, _body, signature = signed(key).split(".")
    raw = json.dumps(GOOD)[:-1] + ', "sub": "mallory"}'
    return f"{head}.{part(raw.encode())}.{signature}"


CASES = [
    Case("nothing", lambda *_: "", Reason.MALFORMED),
    Case("no token", lambda *_: "let me in", Reason.MALFORMED),
    Case("two dots", lambda *_: "..", Reason.MALFORMED),
    Case("two parts", lambda key, _: signed(key).rsplit(".", 1)[0], Reason.MALFORMED),
    Case("four parts", lambda key, _: signed(key) + ".x", Reason.MALFORMED),
    Case("no signature", lambda key, _: signed(key).rsplit(".", 1)[0] + ".", Reason.SIGNATURE),
    Case("half a signature", lambda key, _: signed(key)[:-42], Reason.SIGNATURE),
    Case("one bit flipped", _flipped, Reason.SIGNATURE),
    Case("another's claims", _swapped_claims, Reason.SIGNATURE),
    Case("a claim twice", _twice_the_same_claim, Reason.SIGNATURE),
    Case("not ASCII", lambda key, _: signed(key)[:-1] + "\u0430", Reason.MALFORMED),
    Case("spaces around it", lambda key, _: f" {signed(key)} ", Reason.MALFORMED),
    Case("not base64", lambda key, _: "!!!." + signed(key).split(".", 1)[1], Reason.MALFORMED),
    Case("header no JSON", lambda key, _: part(b"{") + "." + signed(key).split(".", 1)[1], Reason.MALFORMED),
    Case("header a list", lambda key, _: part([]) + "." + signed(key).split(".", 1)[1], Reason.MALFORMED),
    Case("far too large", lambda key, _: signed(key, GOOD | {"pad": "x" * 5000}), Reason.MALFORMED),
    Case("alg none", _unsigned, Reason.SIGNATURE),
    Case("HS256 with the public key", _hmac_with_public_key, Reason.SIGNATURE),
    Case("a stranger's key under our id", _of_another, Reason.SIGNATURE),
    headed("unknown key id", Reason.KEY, kid="other"),
    headed("key id a path", Reason.KEY, kid="../../../../dev/null"),
    headed("key id an injection", Reason.KEY, kid="' UNION SELECT 'secret"),
    Case("key id a number", _numbered, Reason.MALFORMED),
    headed("another kind of token", Reason.TYPE, typ="JWT"),
    headed("a guest's token", Reason.TYPE, typ="homeground-guest+jwt"),
    headed("no kind", Reason.MALFORMED, typ=None),
    headed("critical extension", Reason.MALFORMED, crit=["exp"]),
    headed("unencoded payload", Reason.MALFORMED, b64=False, crit=["b64"]),
    changed("another server", Reason.AUDIENCE, aud=f"{NAMESPACE}/arena-other"),
    changed("another namespace", Reason.AUDIENCE, aud=f"games-mizuame/{SERVER}"),
    changed("the server's name alone", Reason.AUDIENCE, aud=SERVER),
    changed("several audiences", Reason.CLAIMS, aud=[f"{NAMESPACE}/{SERVER}", "other"]),
    changed("audience in capitals", Reason.AUDIENCE, aud=f"{NAMESPACE}/{SERVER}".upper()),
    changed("an earlier match on this server", Reason.NONCE, nonce="f" * 32),
    changed("no nonce to speak of", Reason.NONCE, nonce=""),
    changed("part of the nonce", Reason.NONCE, nonce=NONCE[:16]),
    changed("another issuer", Reason.ISSUER, iss="https://play.example.evil"),
    changed("the issuer with a slash", Reason.ISSUER, iss=ISSUER + "/"),
    changed("over", Reason.EXPIRED, nbf=int(NOW) - 100, exp=int(NOW) - 10),
    changed("not yet", Reason.EARLY, nbf=int(NOW) + 60),
    changed("ends before it begins", Reason.CLAIMS, nbf=int(NOW) + 3, exp=int(NOW) + 2),
    changed("times as text", Reason.CLAIMS, exp="9999999999"),
    changed("no end of time", Reason.CLAIMS, exp=None),
    changed("endless", Reason.CLAIMS, exp=1e400),
    changed("nobody", Reason.CLAIMS, sub=""),
    changed("player a number", Reason.CLAIMS, sub=7),
    changed("team as text", Reason.CLAIMS, team="1"),
    changed("id empty", Reason.CLAIMS, jti=""),
    Case("claims a list", lambda key, _: signed(key, {}).split(".")[0] + "." + part([]) + ".AAAA", Reason.SIGNATURE),
    *map(_without, Claims.__struct_fields__),
]


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return keys_in(tmp_path, first=ed25519_pem())


def verifier(keys: Keys, server: str = SERVER, nonce: str = NONCE) -> Verifier:
    return Verifier(ISSUER, NAMESPACE, server, nonce, json.loads(jwks.document(keys.current).body))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_it_lets_nobody_in(case: Case, keys: Keys) -> None:
    at = verifier(keys)
    assert at.verify(signed(keys.current.signing, GOOD | {"jti": "honest"}), NOW).sub == "anna"
    with pytest.raises(TokenRefusedError) as refused:
        at.verify(case.forge(keys.current.signing, keys), NOW)
    assert refused.value.reason is case.reason
    assert at.verify(signed(keys.current.signing, GOOD | {"jti": "honest, too"}), NOW).sub == "anna"


def test_there_are_at_least_fifty() -> None:
    assert len(CASES) >= 50
    assert len({case.title for case in CASES}) == len(CASES)


def test_a_token_is_good_once_and_what_is_over_is_forgotten(keys: Keys) -> None:
    at, token = verifier(keys), signed(keys.current.signing)
    assert at.verify(token, NOW + 10).seat == 0
    with pytest.raises(TokenRefusedError, match="replayed"):
        at.verify(token, NOW + 20)
    for number in range(200):
        late = GOOD | {"jti": f"{number}", "nbf": int(NOW) + number, "exp": int(NOW) + number + 10}
        at.verify(signed(keys.current.signing, late), NOW + number)
    assert len(at._seen) < 30


@pytest.mark.parametrize("kind", ["EdDSA", "RS256"])
def test_a_minted_token_verifies_on_its_own_server_alone(kind: str, tmp_path: Path) -> None:
    keys = keys_in(tmp_path, only=ed25519_pem() if kind == "EdDSA" else pem(rsa_key()))
    clock = VirtualClock(by_hand=True)
    now = clock.now().timestamp()
    place = Place(
        match="m-1",
        mode="arena/duel",
        ticket="t-1",
        namespace=NAMESPACE,
        server=SERVER,
        nonce=NONCE,
        addresses=("192.0.2.1:7000",),
        team=1,
        seat=3,
        join_by=now + 90,
        ends_at=now + 3600,
    )
    token = Minter(ISSUER, keys, clock).mint(place, "anna", 90)
    assert keys.current.signing.algorithm == kind
    assert token.expires_at == int(now) + 90
    claims = verifier(keys).verify(token.token, now)
    assert (claims.sub, claims.team, claims.seat, claims.match) == ("anna", 1, 3, "m-1")
    for other in (verifier(keys, server="arena-y"), verifier(keys, nonce="0" * 32)):
        with pytest.raises(TokenRefusedError):
            other.verify(token.token, now)
    again = Minter(ISSUER, keys, clock).mint(place, "anna", 90)
    assert again.token != token.token, "each has an id of its own"
