"""The keys that tokens are signed with: a folder of PEM files, as a Secret is mounted.

Rotation without a refused token is three changes of the Secret, each of which every replica sees within a minute:

1. publish: add the new key's file. It is in the JWKS from now on, and nobody signs with it yet.
2. sign: name it in the file `signing`. Whoever checks tokens has fetched it by now.
3. retire: take the old key's file away, once the last token it has signed is over.
"""

import base64
import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from msgspec import Struct

from matchmaking.mounted import stamp

SIGNING = "signing"
LEAST_RSA_BITS = 2048
PrivateKey: TypeAlias = Ed25519PrivateKey | RSAPrivateKey

log = logging.getLogger(__name__)


class KeysError(Exception):
    """The folder can't be used: which file, and what to do. Never tells what is in one."""


class Key(Struct, frozen=True):
    """One of them. `id` is its RFC 7638 thumbprint, so that two replicas agree on it without talking."""

    id: str
    algorithm: str
    private: PrivateKey
    public: Mapping[str, str]
    """The members of its JWK that make up the key."""


class KeySet(Struct, frozen=True):
    """All that are published, and the one that signs."""

    keys: tuple[Key, ...]
    signing: Key


class Keys:
    """The folder as it is, read again when it changes. One that has become unusable leaves the last good set."""

    def __init__(self, folder: Path | None) -> None:
        """Without a folder: a key of this process's own, which dies with it. Raises KeysError."""
        self._folder = folder
        self._seen = stamp(folder) if folder else ()
        self._set = load(folder) if folder else _own()
        self.error = ""
        """Why the folder as it is now is not used; empty if it is."""

    @property
    def current(self) -> KeySet:
        now = stamp(self._folder) if self._folder else ()
        if self._folder and now != self._seen:
            self._seen = now
            try:
                self._set, self.error = load(self._folder), ""
            except KeysError as error:
                self.error = str(error)
                log.error("the keys stay as they were: %s", error)
        return self._set


def load(folder: Path) -> KeySet:
    """Raises KeysError."""
    try:
        files = sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith("."))
    except OSError as error:
        raise KeysError(f"{folder}: {error.strerror}: mount the Secret with the keys there") from error
    keys = {each.name: _key(each) for each in files if each.name != SIGNING}
    if not keys:
        raise KeysError(f"{folder} has no key: add a private key in PEM, Ed25519 or RSA")
    ids = [key.id for key in keys.values()]
    if len(set(ids)) < len(ids):
        raise KeysError(f"{folder} has one key twice, under two names: take one of the files away")
    return KeySet(tuple(keys.values()), _signing(folder, keys))


def _signing(folder: Path, keys: Mapping[str, Key]) -> Key:
    file = folder / SIGNING
    if not file.is_file():
        if len(keys) == 1:
            return next(iter(keys.values()))
        raise KeysError(f"{file} is not there: with more than one key it has to name the one that signs")
    try:
        name = file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:  # the Secret was exchanged just now
        raise KeysError(f"{file}: {error.strerror}") from error
    if name not in keys:
        raise KeysError(f"{file} names {name!r}, which is none of {', '.join(keys)}")
    return keys[name]


def _key(file: Path) -> Key:
    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm, OSError) as error:
        raise KeysError(f"{file} is no private key in PEM without a password ({type(error).__name__})") from None
    if isinstance(private, Ed25519PrivateKey):
        return _ed25519(private)
    if isinstance(private, RSAPrivateKey):
        if private.key_size < LEAST_RSA_BITS:
            raise KeysError(f"{file} is an RSA key of {private.key_size} bits: at least {LEAST_RSA_BITS} are needed")
        numbers = private.public_key().public_numbers()
        public = {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}
        return Key(thumbprint(public), "RS256", private, public)
    raise KeysError(f"{file} is a key of a kind that is not offered: Ed25519 and RSA are")


def _own() -> KeySet:
    key = _ed25519(Ed25519PrivateKey.generate())
    return KeySet((key,), key)


def _ed25519(private: Ed25519PrivateKey) -> Key:
    raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    public = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
    return Key(thumbprint(public), "EdDSA", private, public)


def thumbprint(public: Mapping[str, str]) -> str:
    """RFC 7638, of the members that make up a public key."""
    canonical = msgspec.json.encode(dict(sorted(public.items())))
    return _base64url(hashlib.sha256(canonical).digest())


def _number(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
