"""What a watch tells, read from its lines."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, NamedTuple

import msgspec

from kubeclient.error import NoAnswerError, of_status
from kubeclient.resources import Json
from kubeclient.transport import Stream

LONGEST_LINE = 16 * 2**20
"""Bytes. etcd takes objects of 1.5 MiB; a longer line is no object, and would fill the memory."""


class WatchEvent(NamedTuple):
    """ADDED, MODIFIED, DELETED with an object; BOOKMARK, whose object has a resourceVersion and no more."""

    type: str
    object: Json


async def events(stream: Stream) -> AsyncGenerator[WatchEvent]:
    """Event after event, until the server ends the watch.

    Raises ApiError for the event ERROR, and NoAnswerError for what is no event, or half of one.
    """
    rest = b""
    async with aclosing(stream.chunks()) as chunks:
        async for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in filter(None, lines):
                yield _event(line)
            if len(rest) > LONGEST_LINE:
                raise NoAnswerError(f"a watch sent a line of more than {LONGEST_LINE} bytes")
    if rest:
        raise NoAnswerError("a watch ended in the middle of a line")


def _event(line: bytes) -> WatchEvent:
    try:
        event = msgspec.json.decode(line, type=dict[str, Any])
        kind, obj = event["type"], event["object"]
        if kind == "ERROR":
            raise of_status(obj)
        for name in ("resourceVersion",) if kind == "BOOKMARK" else ("resourceVersion", "name"):
            obj["metadata"][name]  # what every object has, and its readers rely on
    except (msgspec.DecodeError, LookupError, TypeError, AttributeError) as error:
        raise NoAnswerError(f"a watch sent what is no event: {error!r}") from None
    return WatchEvent(kind, obj)
