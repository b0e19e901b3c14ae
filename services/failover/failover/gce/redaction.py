"""Start-up data out of messages: GCE quotes the value it refuses, and one of them holds the join token."""

import re
from collections.abc import Iterable

HIDDEN = "[hidden]"
LONGEST = 600
_TOKEN = re.compile(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b")  # a bootstrap token, as Kubernetes defines it
# From the first quote to the last one: a value may hold quotes itself, and its end may have been cut off.
_FIELD = re.compile(r"('[^'\n]*metadata[^'\n]*'\s*:?\s*)'(?:.*'|.*)", re.DOTALL)


def redacted(message: str, secrets: Iterable[str] = ()) -> str:
    """A message without these values, without the value of a metadata field, and without anything like a token."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        message = message.replace(secret, HIDDEN)
    message = _TOKEN.sub(HIDDEN, _FIELD.sub(rf"\1{HIDDEN}", message))
    return message if len(message) <= LONGEST else f"{message[:LONGEST]}..."
