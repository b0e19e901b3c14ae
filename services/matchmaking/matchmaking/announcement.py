"""What the director tells the frontends at once; whoever misses it looks into the store, which is the truth."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

CHANNEL = "announcements"
News: TypeAlias = Literal["assigned", "requeued", "ended"]


class Announcement(Struct, frozen=True, kw_only=True, rename="camel"):
    """Something of these tickets has changed: `assigned`, or `requeued` because their server died."""

    tickets: tuple[str, ...]
    """Ids of TicketRecords."""

    what: News

    def encoded(self) -> bytes:
        return msgspec.json.encode(self)


def decode(raw: bytes) -> Announcement:
    """Raises msgspec.ValidationError."""
    return msgspec.json.decode(raw, type=Announcement)
