"""Keys that an OpenID Connect provider publishes: of a JSON Web Key Set, those that may prove who a player is."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, TypeAlias

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from msgspec import UNSET, Raw, Struct, UnsetType

LEAST_RSA_BITS = 2048
PublishedKeys: TypeAlias = Mapping[tuple[str, str], PyJWK]
"""By id and algorithm: what a key is for is the provider's to say and ours to pin, never a token's."""


class KeySetError(Exception):
    """It is no JSON Web Key Set."""


class _Form(NamedTuple):
    """What a key of an algorithm looks like."""

    kty: str
    crv: str
    members: tuple[str, ...]


FORMS = {
    "RS256": _Form("RSA", "", ("n", "e")),
    "ES256": _Form("EC", "P-256", ("x", "y")),
    "EdDSA": _Form("OKP", "Ed25519", ("x",)),
}


class _Set(Struct):
    keys: list[Raw]


class _Jwk(Struct):
    kid: str
    kty: str
    crv: str = ""
    alg: str = ""
    use: str = "sig"
    key_ops: tuple[str, ...] = ("verify",)
    n: str = ""
    e: str = ""
    x: str = ""
    y: str = ""
    d: Raw | UnsetType = UNSET


def read(body: bytes, algorithms: Collection[str]) -> PublishedKeys:
    """Keys of another kind, weak ones, and those whose private half is published too are left out.

    Raises KeySetError. A set without a single usable key is none: who withdraws all keys is to be believed.
    """
    try:
        listed = msgspec.json.decode(body, type=_Set).keys
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise KeySetError(f"no key set: {type(error).__name__}") from error
    return {(key.kid, name): made for key in _known(listed) for name in algorithms if (made := _made(key, name))}


def _known(listed: list[Raw]) -> Iterator[_Jwk]:
    for each in listed:
        try:
            yield msgspec.json.decode(each, type=_Jwk)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue


def _made(key: _Jwk, algorithm: str) -> PyJWK | None:
    """None if it is not one for this algorithm."""
    form = FORMS[algorithm]
    fits = (key.kty, key.crv, key.use) == (form.kty, form.crv, "sig") and key.alg in ("", algorithm)
    if not fits or "verify" not in key.key_ops or key.d is not UNSET:
        return None
    try:
        made = PyJWK(
            {"kty": form.kty, "crv": form.crv} | {each: getattr(key, each) for each in form.members}, algorithm
        )
    except (jwt.PyJWTError, ValueError):
        return None
    return None if isinstance(made.key, RSAPublicKey) and made.key.key_size < LEAST_RSA_BITS else made
