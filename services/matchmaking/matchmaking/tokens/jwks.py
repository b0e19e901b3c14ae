"""The JSON Web Key Set that everybody may fetch: public keys alone."""

import hashlib

import msgspec
from msgspec import Struct

from matchmaking.tokens.keys import KeySet

MAX_AGE_SECONDS = 300
"""For which it may be kept. A new key is published for longer than that before anything is signed with it."""


class Document(Struct, frozen=True):
    """The answer of /.well-known/jwks.json."""

    body: bytes
    etag: str
    cache_control: str


def document(keys: KeySet) -> Document:
    listed = [
        dict(key.public) | {"kid": key.id, "alg": key.algorithm, "use": "sig"}
        for key in sorted(keys.keys, key=lambda key: key.id)
    ]
    body = msgspec.json.encode({"keys": listed})
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Document(body, etag, f"public, max-age={MAX_AGE_SECONDS}, stale-while-revalidate={MAX_AGE_SECONDS}")
