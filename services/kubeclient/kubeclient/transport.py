"""Between a call and the wire: tests put an API server in the same process there."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, without who sends it."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    """JSON. Never logged: it may be a Secret."""

    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str = ""


class Stream(Protocol):
    """An answer that goes on."""

    @property
    def status(self) -> int: ...

    def chunks(self) -> AsyncGenerator[bytes]:
        """What comes, as it comes. Ends when the server ends it; raises NoAnswerError when it breaks off."""


class Transport(Protocol):
    """Carries requests. Both raise NoAnswerError when there is no (whole) answer, and wait for one without end."""

    async def send(self, request: Request) -> Answer:
        """One request, its whole answer."""

    def open(self, request: Request) -> AbstractAsyncContextManager[Stream]:
        """One request, its answer as it comes; closed when the block is left."""

    async def close(self) -> None:
        """Let go of all connections."""
