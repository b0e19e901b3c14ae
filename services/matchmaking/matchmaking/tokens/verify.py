"""What a game server does with a token, before it lets anyone in."""

import base64
import binascii
import heapq
import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import jwt
import msgspec
from jwt import PyJWK
from msgspec import Struct

from matchmaking.tokens.mint import TYPE, audience

LARGEST = 4096
"""Bytes of a token. Ours are below 800."""

LEEWAY_SECONDS = 5.0
ALGORITHMS = {"OKP": "EdDSA", "RSA": "RS256"}
"""By type of key: a token's own word on its algorithm is never asked."""


class Reason(StrEnum):
    """Why a token is refused: for metrics and tests. Players are told no more than that it is."""

    MALFORMED = "malformed"
    TYPE = "type"
    KEY = "unknown-key"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    NONCE = "nonce"
    EARLY = "not-yet-valid"
    EXPIRED = "expired"
    REPLAYED = "replayed"


class TokenRefusedError(Exception):
    """`reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the token is refused: {reason}")
        self.reason = reason


class Claims(Struct, frozen=True, kw_only=True):
    """What a token that is accepted says. Times are in seconds since the epoch."""

    iss: str
    aud: str
    sub: str
    jti: str
    nbf: int
    exp: int
    nonce: str
    match: str
    team: int
    seat: int


class _Header(Struct):
    alg: str
    typ: str
    kid: str


class Verifier:
    """Of one server: its namespace and name, the nonce that its allocation wrote on it, and the published keys."""

    def __init__(self, issuer: str, namespace: str, server: str, nonce: str, jwks: Mapping[str, Any]) -> None:
        self._issuer, self._audience, self._nonce = issuer, audience(namespace, server), nonce.encode()
        self._keys: dict[str, PyJWK] = {}
        self.update(jwks)
        self._seen: set[str] = set()
        self._ends: list[tuple[int, str]] = []
        self._jwt = jwt.PyJWS()

    def update(self, jwks: Mapping[str, Any]) -> None:
        """Keys of a kind that is not ours are left out."""
        usable = [each for each in jwks["keys"] if each.get("kty") in ALGORITHMS and each.get("use") == "sig"]
        self._keys = {each["kid"]: PyJWK(each, ALGORITHMS[each["kty"]]) for each in usable}

    def verify(self, token: str, now: float) -> Claims:
        """Raises TokenRefusedError. A token is good for one time."""
        claims = self._read(token)
        self._check(claims, now)
        while self._ends and self._ends[0][0] + LEEWAY_SECONDS <= now:
            self._seen.discard(heapq.heappop(self._ends)[1])
        if claims.jti in self._seen:
            raise TokenRefusedError(Reason.REPLAYED)
        self._seen.add(claims.jti)
        heapq.heappush(self._ends, (claims.exp, claims.jti))
        return claims

    def _read(self, token: str) -> Claims:
        if len(token) > LARGEST or not token.isascii():
            raise TokenRefusedError(Reason.MALFORMED)
        key = self._keys.get(self._header(token).kid)
        if key is None:
            raise TokenRefusedError(Reason.KEY)
        try:
            payload = self._jwt.decode(token, key, algorithms=[str(key.algorithm_name)])
        except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError) as error:
            raise TokenRefusedError(Reason.SIGNATURE) from error
        except jwt.PyJWTError as error:
            raise TokenRefusedError(Reason.MALFORMED) from error
        try:
            return msgspec.json.decode(payload, type=Claims)
        except msgspec.MsgspecError as error:
            raise TokenRefusedError(Reason.CLAIMS) from error

    def _header(self, token: str) -> _Header:
        """Nothing in it is trusted but which key to try; `jku`, `jwk`, `x5u` and the like are never looked at.

        Read here, since PyJWT's own reading of a header takes the whole token apart, which its decoding then repeats.
        """
        part = token.partition(".")[0]
        try:
            raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
            header = msgspec.json.decode(raw, type=_Header)
        except (binascii.Error, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise TokenRefusedError(Reason.MALFORMED) from error
        if header.typ != TYPE:
            raise TokenRefusedError(Reason.TYPE)
        return header

    def _check(self, claims: Claims, now: float) -> None:
        for reason, holds in (
            (Reason.ISSUER, claims.iss != self._issuer),
            (Reason.AUDIENCE, claims.aud != self._audience),
            (Reason.NONCE, not hmac.compare_digest(claims.nonce.encode(), self._nonce)),
            (Reason.EARLY, now + LEEWAY_SECONDS < claims.nbf),
            (Reason.EXPIRED, now - LEEWAY_SECONDS >= claims.exp),
            (Reason.CLAIMS, not (claims.sub and claims.jti) or claims.exp <= claims.nbf),
        ):
            if holds:
                raise TokenRefusedError(reason)
