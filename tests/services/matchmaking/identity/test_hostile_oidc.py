"""ID tokens that must prove nothing, each with the reason it is refused for."""

import gzip
import hashlib
import hmac
import json
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from matchmaking.identity import UnauthorizedError
from matchmaking.identity.oidc import Oidc
from tests.doubles.clock import VirtualClock
from tests.services.matchmaking.identity.ground import heard, knowing, refused
from tests.services.matchmaking.identity.provider import DISCOVERY, KEYS, Provider, serving
from tests.services.matchmaking.identity.signer import AUDIENCE, NOW, Signer, claims, signer
from tests.services.matchmaking.tokens.forge import part

pytestmark = pytest.mark.asyncio(loop_scope="module")

RSA, CURVE, ED = signer("RS256", "rsa"), signer("ES256", "curve"), signer("EdDSA", "ed")
STRANGER = signer("ES256", "stranger")


@dataclass
class Place:
    """A provider, what knows its players, and the claims of one of them."""

    provider: Provider
    oidc: Oidc
    good: dict[str, Any]


class Case(NamedTuple):
    title: str
    forge: Callable[[Place], Any]
    reason: str


def changed(title: str, reason: str, **changes: Any) -> Case:
    return Case(title, lambda place: CURVE.sign(claims(place.provider.issuer, **changes)), reason)


def exactly(title: str, reason: str, **changes: Any) -> Case:
    """With claims that are null or not finite, too."""
    return Case(title, lambda place: CURVE.sign(json.dumps(place.good | changes).encode()), reason)


def headed(title: str, reason: str, **header: Any) -> Case:
    return Case(title, lambda place: CURVE.sign(place.good, **header), reason)


def holding(title: str, reason: str, content: Any) -> Case:
    return Case(title, lambda _: CURVE.sign(content), reason)


def cut(title: str, reason: str, change: Callable[[str], str]) -> Case:
    return Case(title, lambda place: change(CURVE.sign(place.good)), reason)


def behead(title: str, reason: str, header: Any) -> Case:
    """Another header, which the signature is not of."""
    return cut(title, reason, lambda token: f"{part(header)}.{token.split('.', 1)[1]}")


def by(title: str, reason: str, key: Signer, **header: Any) -> Case:
    return Case(title, lambda place: key.sign(place.good, **header), reason)


def _hmac_with(secret: bytes, kid: str, algorithm: str = "HS256") -> Callable[[Place], str]:
    """The oldest trick: the published key as a shared secret."""

    def forge(place: Place) -> str:
        content = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': kid})}.{part(place.good)}"
        return f"{content}.{part(hmac.new(secret, content.encode(), hashlib.sha256).digest())}"

    return forge


def _led_astray(header: str) -> Callable[[Place], str]:
    """To keys of the attacker, who hopes that they are fetched."""
    return lambda place: STRANGER.sign(place.good, **{header: f"{place.provider.address}/evil"})


def _another_claim(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body[:20]}{'A' if body[20] != 'A' else 'B'}{body[21:]}.{signature}"


RSA_PEM = RSA.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
WEAK = Signer("weak", "RS256", rsa.generate_private_key(public_exponent=65537, key_size=1024))
WIDE = Signer("wide", "ES256", ec.generate_private_key(ec.SECP384R1()))
CLOSED, SAID, OPS = signer(id="closed"), signer(id="said"), signer(id="ops")
LEAKED, LOST, NAMELESS = signer(id="leaked"), signer(id="lost"), signer(id="nameless")
UNUSABLE: list[Any] = [
    WEAK.jwk(),
    WIDE.jwk(alg=None),
    CLOSED.jwk(use="enc"),
    SAID.jwk(alg="ES384"),
    OPS.jwk(key_ops=["encrypt"]),
    LEAKED.jwk(d="AAAA"),
    LOST.jwk(x="AAAA"),
    NAMELESS.jwk(kid=None),
    {"kty": "oct", "kid": "shared", "k": part(b"secret" * 8), "use": "sig", "alg": "HS256"},
    RSA.jwk(kid="even", e="AAAA"),
    RSA.jwk(kid="text", n="!!!"),
    "no key",
    None,
    [],
    {},
    {"kid": 7, "kty": "EC"},
]

MALFORMED = "DecodeError"
WORDS = [
    Case("nothing", lambda _: "", MALFORMED),
    Case("no token", lambda _: "let me in", MALFORMED),
    Case("dots", lambda _: "..", MALFORMED),
    cut("two parts", MALFORMED, lambda token: token.rsplit(".", 1)[0]),
    cut("four parts", MALFORMED, lambda token: f"{token}.x"),
    cut("five parts, as if encrypted", MALFORMED, lambda token: f"{token}.x.x"),
    cut("no signature", "InvalidSignatureError", lambda token: token.rsplit(".", 1)[0] + "."),
    cut("half a signature", "InvalidSignatureError", lambda token: token[:-46]),
    cut("a signature of zeros", "InvalidSignatureError", lambda token: f"{token.rsplit('.', 1)[0]}.{'A' * 86}"),
    cut("another's claims", "InvalidSignatureError", _another_claim),
    cut("not ASCII", "not ASCII", lambda token: token[:-1] + "\u0430"),
    cut("half a character", "not ASCII", lambda token: token[:-1] + "\ud800"),
    cut("spaces around it", MALFORMED, lambda token: f" {token} "),
    cut("a new line in it", MALFORMED, lambda token: token[:9] + "\n" + token[9:]),
    cut("not base64", MALFORMED, lambda token: "!!!." + token.split(".", 1)[1]),
    behead("header no JSON", MALFORMED, b"{"),
    behead("header not UTF-8", MALFORMED, b'{"alg": "\xff"}'),
    behead("header a list", MALFORMED, []),
    behead("header deep", MALFORMED, b"[" * 2500),
    behead("header of a long number", MALFORMED, b'{"alg": ' + b"9" * 5000 + b"}"),
    behead("header of another token", "another algorithm", {"alg": "ES384", "kid": CURVE.id}),
    Case("far too large", lambda place: CURVE.sign(place.good | {"pad": "x" * 8192}), "too large"),
]
ALGORITHM = "another algorithm"
HEADERS = [
    behead("alg none", ALGORITHM, {"alg": "none", "kid": CURVE.id}),
    behead("alg nOnE", ALGORITHM, {"alg": "nOnE", "kid": CURVE.id}),
    behead("alg empty", ALGORITHM, {"alg": "", "kid": CURVE.id}),
    behead("alg null", ALGORITHM, {"alg": None, "kid": CURVE.id}),
    behead("no alg", ALGORITHM, {"kid": CURVE.id}),
    behead("alg a list", ALGORITHM, {"alg": ["ES256"], "kid": CURVE.id}),
    behead("alg in small letters", ALGORITHM, {"alg": "es256", "kid": CURVE.id}),
    Case("unsigned", lambda place: f"{part({'alg': 'none', 'kid': CURVE.id})}.{part(place.good)}.", ALGORITHM),
    Case("HS256 with the public key", _hmac_with(RSA_PEM, RSA.id), ALGORITHM),
    Case("HS256 with a shared key that is published", _hmac_with(b"secret" * 8, "shared"), ALGORITHM),
    Case("the public key as a secret, said to be RS256", _hmac_with(RSA_PEM, RSA.id, "RS256"), "InvalidSignatureError"),
    by("an algorithm of the same key that is not pinned", ALGORITHM, RSA, alg="PS256"),
    by("another key's algorithm", "unknown key", CURVE, alg="RS256"),
    by("another key's id", "unknown key", CURVE, kid=RSA.id),
    by("a stranger's key", "unknown key", STRANGER),
    by("a stranger's key under a known id", "InvalidSignatureError", STRANGER, kid=CURVE.id),
    headed("key id a path", "unknown key", kid="../../../../dev/null"),
    headed("key id an injection", "unknown key", kid="' UNION SELECT 'secret"),
    headed("key id empty", "no key id", kid=""),
    headed("no key id", "no key id", kid=None),
    headed("key id a number", "InvalidTokenError", kid=7),
    headed("key id a list", "InvalidTokenError", kid=[CURVE.id]),
    Case("keys at an address: jku", _led_astray("jku"), "unknown key"),
    Case("keys at an address: x5u", _led_astray("x5u"), "unknown key"),
    by("its own key", "unknown key", STRANGER, jwk=STRANGER.jwk()),
    by("its own key under a known id", "InvalidSignatureError", STRANGER, kid=CURVE.id, jwk=STRANGER.jwk(kid=CURVE.id)),
    by("its own key without an id", "no key id", STRANGER, kid=None, jwk=STRANGER.jwk()),
    by("its own certificate", "InvalidSignatureError", STRANGER, kid=CURVE.id, x5c=["AAAA"]),
    headed("a critical extension", "InvalidTokenError", crit=["exp"], exp=NOW),
    headed("a critical extension that PyJWT knows", "an extension that is critical", crit=["b64"], b64=True),
    headed("nothing critical", "InvalidTokenError", crit=[]),
    headed("unencoded", MALFORMED, b64=False, crit=["b64"]),
    headed("unencoded, and not said", MALFORMED, b64=False),
    headed("an access token", "another type of token", typ="at+jwt"),
    headed("a logout token", "another type of token", typ="logout+jwt"),
    headed("a guest's type", "another type of token", typ="homeground-guest+jwt"),
    headed("a type that is a list", "another type of token", typ=["JWT"]),
    by("a weak key", "unknown key", WEAK),
    by("a key of another curve", "unknown key", WIDE),
    by("a key for secrets", "unknown key", CLOSED),
    by("a key of another algorithm", "unknown key", SAID),
    by("a key that verifies nothing", "unknown key", OPS),
    by("a key that everybody has", "unknown key", LEAKED),
    by("a key that is broken", "unknown key", LOST),
    by("a key without an id", "unknown key", NAMELESS),
]
TYPE, MISSING = "claims of another type", "MissingRequiredClaimError"
ISSUED, ISSUER, PARTY = "issued in the future", "InvalidIssuerError", "InvalidAudienceError"
CLAIMS = [
    holding("claims a list", MALFORMED, []),
    holding("claims no JSON", MALFORMED, b"{"),
    holding("claims not UTF-8", MALFORMED, b'{"sub": "\xff"}'),
    holding("claims deep", MALFORMED, b"[" * 2500),
    holding("claims packed", MALFORMED, gzip.compress(b"{}")),
    holding("no claims", MISSING, {}),
    Case("a token in a token", lambda place: CURVE.sign(CURVE.sign(place.good).encode(), cty="JWT"), MALFORMED),
    *(changed(f"no {each}", MISSING, **{each: None}) for each in ("iss", "aud", "sub", "exp", "iat")),
    *(exactly(f"{each} null", MISSING, **{each: None}) for each in ("iss", "aud", "sub", "exp", "iat")),
    changed("another issuer", ISSUER, iss="https://evil.example"),
    changed("an issuer that is a list", ISSUER, iss=["https://evil.example"]),
    Case("an issuer with a slash", lambda place: CURVE.sign(place.good | {"iss": f"{place.good['iss']}/"}), ISSUER),
    Case("half an issuer", lambda place: CURVE.sign(place.good | {"iss": place.good["iss"][:-1]}), ISSUER),
    changed("another audience", PARTY, aud="other"),
    changed("an audience in capitals", PARTY, aud=AUDIENCE.upper()),
    changed("an audience and more", PARTY, aud=f"{AUDIENCE}-staging"),
    changed("half an audience", PARTY, aud=AUDIENCE[:-1]),
    changed("other audiences", PARTY, aud=["one", "two"]),
    changed("an audience with a number", PARTY, aud=[AUDIENCE, 7]),
    changed("an audience that is an object", PARTY, aud={AUDIENCE: True}),
    changed("no audiences", MISSING, aud=[]),
    changed("audiences, and for nobody", "for another party", aud=[AUDIENCE, "other"]),
    changed("audiences, and for another", "for another party", aud=[AUDIENCE, "other"], azp="other"),
    changed("twice the audience, and for nobody", "for another party", aud=[AUDIENCE, AUDIENCE]),
    changed("for parties", TYPE, aud=[AUDIENCE, "other"], azp=[AUDIENCE]),
    changed("expired", "expired", exp=NOW - 10),
    changed("expired long ago", "expired", exp=-1),
    changed("an end in text", TYPE, exp=str(NOW + 60)),
    changed("an end that is true", TYPE, exp=True),
    changed("an end that is a list", TYPE, exp=[NOW + 60]),
    changed("an end beyond all numbers", TYPE, exp=10**400),
    exactly("no number as an end", "expired", exp=math.nan),
    exactly("no end at all", "expired", exp=math.inf),
    changed("issued in a while", ISSUED, iat=NOW + 11),
    changed("issued in text", TYPE, iat=str(NOW)),
    exactly("issued at no number", ISSUED, iat=math.nan),
    exactly("issued before all time", ISSUED, iat=-math.inf),
    changed("not yet valid", "not yet valid", nbf=NOW + 11),
    changed("valid in text", TYPE, nbf=str(NOW)),
    exactly("valid from null", TYPE, nbf=None),
    exactly("valid from no number", "not yet valid", nbf=math.nan),
    changed("a player without a name", "no subject", sub=""),
    changed("a player of too long a name", "no subject", sub="x" * 256),
    changed("a player who is a number", "InvalidSubjectError", sub=7),
    changed("a player who is a list", "InvalidSubjectError", sub=["anna"]),
    changed("a player of two lines", "no subject", sub="anna\nben"),
    changed("a player of a letter that looks like another", "no subject", sub="\u0430nna"),
    changed("a player of half a character", "no subject", sub="\ud800"),
    changed("a player with an end of text", "no subject", sub="anna\x00"),
    changed("a logout token without a type", "no ID token", events={"http://schemas.openid.net/event": {}}),
    changed("an id that is a number", "InvalidJTIError", jti=7),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place() -> AsyncIterator[Place]:
    clock = VirtualClock(by_hand=True)
    async with serving(RSA, CURVE, ED, more_keys=UNUSABLE) as provider, knowing(provider, clock) as oidc:
        await heard(oidc)
        yield Place(provider, oidc, claims(provider.issuer))


@pytest.mark.parametrize("case", WORDS + HEADERS + CLAIMS, ids=lambda case: case.title)
async def test_it_proves_nothing(case: Case, place: Place) -> None:
    assert refused(place.oidc, case.forge(place)) == case.reason
    for key in (RSA, CURVE, ED):
        assert place.oidc.identify(key.sign(place.good)), "nobody else is worse off"
    assert set(place.provider.asked) == {DISCOVERY, KEYS}, "a token leads nowhere"


GOOD: list[Case] = [
    changed("as it should be", ""),
    headed("without a type", "", typ=None),
    changed("just expired, by a clock that is late", "", exp=NOW - 9),
    changed("issued by a clock that is early", "", iat=NOW + 10, nbf=NOW + 10),
    changed("with parts of seconds", "", exp=NOW + 0.5, iat=NOW - 0.5),
    changed("for one audience in a list", "", aud=[AUDIENCE]),
    changed("for more than us, and issued to us", "", aud=["other", AUDIENCE], azp=AUDIENCE),
    changed("for us, and issued to our app on a phone", "", azp="homeground-phone"),
    changed("with all else that providers say", "", nonce="n", at_hash="h", auth_time=NOW, email="a@example", acr="0"),
    headed("with addresses that are not looked at", "", jku="https://evil.example", x5u="https://evil.example"),
]


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.title)
async def test_what_is_unusual_but_right_is_taken(case: Case, place: Place) -> None:
    assert place.oidc.identify(case.forge(place)).subject == f"{place.provider.issuer}|anna"


@pytest.mark.parametrize("sub", ["x" * 255, "auth0|7", "guest:anna", " ", "a/b?c=d&e"])
async def test_a_player_may_be_called_anything(sub: str, place: Place) -> None:
    assert place.oidc.identify(CURVE.sign(place.good | {"sub": sub})).subject == f"{place.provider.issuer}|{sub}"


async def test_no_letter_of_a_token_can_be_another(place: Place) -> None:
    token = ED.sign(place.good)
    for at, letter in enumerate(token):
        for other in {"A", "_", ".", "=", "\x00"} - {letter}:
            with pytest.raises(UnauthorizedError):
                place.oidc.identify(token[:at] + other + token[at + 1 :])
