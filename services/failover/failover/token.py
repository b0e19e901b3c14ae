"""Join tokens: what a temporary machine says who it is with, good for one attempt of one record.

A token is not drawn but derived, from a key file that every replica mounts, the record's uid and the attempt's number.
So a replica that repeats a call, after a crash or because no answer came, sends the same Secret and the same machine
to the last byte. Whoever lacks the key can't tell a token from a drawn one.

Source of the shape: kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens.
"""

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from failover.record import Attempt
from failover.words import DOMAIN, OWNER
from kubeclient.timestamp import to_seconds

Json = dict[str, Any]
NAMESPACE = "kube-system"
"""The one namespace where the API server looks for tokens."""

TYPE = "bootstrap.kubernetes.io/token"
GROUP = "system:bootstrappers:homeground-failover"
"""Bound to system:node-bootstrapper alone. Not kubeadm's group: that one's requests are approved unseen."""

RECORD, ATTEMPT = f"{DOMAIN}/failover-record", f"{DOMAIN}/failover-attempt"
"""Labels of the Secret: the record's uid and the attempt's number."""

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
ID_LENGTH, SECRET_LENGTH = 6, 16
KEY_BYTES, KEY_LIMIT = 32, 4096
DISTINCT = 8
"""A key has at least so many different bytes: 32 random hexadecimal digits have fewer once in 10 million keys."""

PLACEHOLDER = re.compile(rb"change.?me|placeholder|password|example|your.?key", re.IGNORECASE)


class KeyFileError(Exception):
    """The key file can't be used: which one, and why. Its content is not told."""


@dataclass(frozen=True, slots=True)
class Token:
    """A bootstrap token. The id is no secret: it is in user names and logs."""

    id: str
    secret: str = field(repr=False)

    @property
    def bearer(self) -> str:
        """What is sent to authenticate. Never logged."""
        return f"{self.id}.{self.secret}"

    @property
    def name(self) -> str:
        """Of its Secret."""
        return f"bootstrap-token-{self.id}"


@dataclass(frozen=True, slots=True)
class Key:
    """What all tokens are derived from. With another key an attempt under way gets another token, and joins no more."""

    content: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "Key":
        """The key in a mounted file. Raises KeyFileError, also for one that everybody may read or that was not drawn.

        A Secret is mounted for everybody unless its volume has `defaultMode: 0440`, with an `fsGroup`.
        """
        try:
            mode = path.stat().st_mode
            with path.open("rb") as file:
                content = file.read(KEY_LIMIT + 1)
        except OSError as error:
            raise KeyFileError(f"{path}: {error.strerror}") from None
        if wrong := _wrong_with(content, mode):
            raise KeyFileError(f"{path}: {wrong}")
        return cls(content)

    def token(self, record_uid: str, attempt: int) -> Token:
        """The token of one attempt of one record: the same for ever."""
        return Token(
            _first(ID_LENGTH, self._characters("token-id", record_uid, attempt)),
            _first(SECRET_LENGTH, self._characters("token-secret", record_uid, attempt)),
        )

    def _characters(self, domain: str, record_uid: str, attempt: int) -> Iterator[str]:
        """Endless, every character as likely as any other: bytes above the last multiple of 36 are passed over."""
        fair = 256 - 256 % len(ALPHABET)
        block = 0
        while True:
            text = f"homeground-failover/{domain}\0{record_uid}\0{attempt}\0{block}"
            digest = hmac.digest(self.content, text.encode(), sha256)
            yield from (ALPHABET[byte % len(ALPHABET)] for byte in digest if byte < fair)
            block += 1


def secret(token: Token, record_uid: str, attempt: Attempt, ttl: float) -> Json:
    """The Secret that makes the API server know the token, until it is deleted or `ttl` seconds after the request.

    The time is that of the record, not of the call: written again, it is the same. Without usage-bootstrap-signing
    the cluster's public configuration gets no signature by it, which only kubeadm's discovery would need.
    """
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": token.name, "namespace": NAMESPACE, "labels": labels(record_uid, attempt.number)},
        "type": TYPE,
        "stringData": {
            "description": f"{attempt.vm_name} joins by it",
            "token-id": token.id,
            "token-secret": token.secret,
            "expiration": to_seconds(attempt.requested_at + timedelta(seconds=ttl)),
            "usage-bootstrap-authentication": "true",
            "auth-extra-groups": GROUP,
        },
    }


def labels(record_uid: str, attempt: int) -> dict[str, str]:
    """What tells whose token a Secret is."""
    return {"app.kubernetes.io/managed-by": OWNER, RECORD: record_uid, ATTEMPT: str(attempt)}


def _first(count: int, characters: Iterator[str]) -> str:
    return "".join(next(characters) for _ in range(count))


def _wrong_with(content: bytes, mode: int) -> str:
    """Why this is no key, or empty. What an editor leaves at the end of a text does not count."""
    drawn = content.rstrip(b"\r\n") if content.isascii() else content
    if len(drawn) < KEY_BYTES:
        return f"{len(drawn)} bytes, and a key has at least {KEY_BYTES}: openssl rand -hex 32"
    if len(content) > KEY_LIMIT:
        return f"more than {KEY_LIMIT} bytes: that is no key"
    if PLACEHOLDER.search(drawn) or len(set(drawn)) < DISTINCT:
        return "not drawn at random: openssl rand -hex 32"
    if mode & 0o007:
        return f"mode {mode & 0o777:04o}: everybody may read it; mount it with defaultMode 0440 and an fsGroup"
    return ""
