"""Keys, and tokens that nobody of ours has minted."""

import base64
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from matchmaking.tokens.keys import Key, Keys, PrivateKey
from matchmaking.tokens.mint import TYPE

ISSUER = "https://play.example"
NAMESPACE, SERVER, NONCE = "games-lantern", "arena-x7k2", "0123456789abcdef0123456789abcdef"
NOW = 1_800_000_000.0
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": f"{NAMESPACE}/{SERVER}",
    "sub": "anna",
    "jti": "one",
    "nbf": int(NOW),
    "iat": int(NOW),
    "exp": int(NOW) + 90,
    "nonce": NONCE,
    "match": "m-1",
    "team": 1,
    "seat": 0,
}


def pem(private: Any) -> bytes:
    made: bytes = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made


def ed25519_pem() -> bytes:
    return pem(ed25519.Ed25519PrivateKey.generate())


@cache
def rsa_key(bits: int = 2048) -> PrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def curve_pem() -> bytes:
    return pem(ec.generate_private_key(ec.SECP256R1()))


def keys_in(folder: Path, **files: bytes) -> Keys:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return Keys(folder)


def signed(key: Key, claims: Mapping[str, Any] = GOOD, *, without: str = "", **header: Any) -> str:
    """By our own key, whatever it says."""
    left = {name: value for name, value in claims.items() if name != without}
    return jwt.api_jws.PyJWS().encode(
        json.dumps(left).encode(), key.private, key.algorithm, {"kid": key.id, "typ": TYPE} | header
    )


def part(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
