"""Services called within the process: what gRPC's stubs take for a channel, with nothing on a wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, NoReturn, TypeVar, cast

import grpc
from google.protobuf.message import Message

M = TypeVar("M", bound=Message)


class Local:
    """Messages are copied on their way, as if they had been sent: neither side sees what the other does to its own."""

    def __init__(self) -> None:
        self._services: dict[str, Any] = {}

    @property
    def channel(self) -> grpc.aio.Channel:
        """For stubs, whose calls raise grpc.aio.AioRpcError as others do. No stub needs more than is here."""
        return cast("grpc.aio.Channel", self)

    def add(self, service: str, servicer: object) -> None:
        """`service` is its full name: openmatch.QueryService. It may be added after the first stub of it is made."""
        self._services[service] = servicer

    def servicer(self, service: str) -> Any:
        return self._services[service]

    def unary_unary(self, path: str, **_: object) -> Callable[..., Awaitable[Message]]:
        async def call(request: Message, timeout: float | None = None) -> Message:
            with _told(path):
                async with asyncio.timeout(timeout):
                    answer: Message = await self._method(path)(_copied(request), CONTEXT)
                    return _copied(answer)

        return call

    def unary_stream(self, path: str, **_: object) -> Callable[..., AsyncIterator[Message]]:
        return lambda request, timeout=None: self._answers(path, _copied(request), timeout)

    def stream_stream(self, path: str, **_: object) -> Callable[..., AsyncIterator[Message]]:
        return lambda requests, timeout=None: self._answers(path, _each_copied(requests), timeout)

    async def _answers(
        self, path: str, request: Message | AsyncIterator[Message], timeout: float | None
    ) -> AsyncIterator[Message]:
        end = None if timeout is None else asyncio.get_running_loop().time() + timeout
        with _told(path):
            async with aclosing(self._method(path)(request, CONTEXT)) as answers:
                while True:
                    async with asyncio.timeout_at(end):
                        answer: Message | None = await anext(answers, None)
                    if answer is None:
                        return
                    yield _copied(answer)
                    await asyncio.sleep(0)  # many answers keep nobody else from the loop

    def _method(self, path: str) -> Callable[..., Any]:
        _, service, method = path.split("/")
        return cast("Callable[..., Any]", getattr(self.servicer(service), method))


class _Context:
    """Of all calls."""

    async def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        raise _failure(code, details)


CONTEXT = _Context()


@contextmanager
def _told(path: str) -> Iterator[None]:
    """What a servicer raises is the call's failure, as gRPC tells it."""
    try:
        yield
    except grpc.aio.AioRpcError:
        raise
    except TimeoutError as error:
        raise _failure(grpc.StatusCode.DEADLINE_EXCEEDED, path) from error
    except Exception as error:
        raise _failure(grpc.StatusCode.UNKNOWN, f"{path}: {error!r}") from error


def _failure(code: grpc.StatusCode, details: str) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details)


def _copied(message: M) -> M:
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


async def _each_copied(messages: AsyncIterator[M]) -> AsyncIterator[M]:
    async for message in messages:
        yield _copied(message)
