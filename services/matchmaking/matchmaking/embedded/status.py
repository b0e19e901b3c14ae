"""Why a call fails: raised where it is found, told to the caller by the servicers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

import grpc

Context = grpc.aio.ServicerContext[Any, Any]
Request = TypeVar("Request")
Answer = TypeVar("Answer")
Servicer = TypeVar("Servicer")


class StatusError(Exception):
    """A gRPC status."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code, self.details = code, details


def invalid(details: str) -> StatusError:
    return StatusError(grpc.StatusCode.INVALID_ARGUMENT, details)


def not_found(what: str, name: str) -> StatusError:
    return StatusError(grpc.StatusCode.NOT_FOUND, f"{what} id: {name} not found")


def unary(
    method: Callable[[Servicer, Request, Context], Awaitable[Answer]],
) -> Callable[[Servicer, Request, Context], Awaitable[Answer]]:
    """A method that answers once, and may raise StatusError."""

    @wraps(method)
    async def told(self: Servicer, request: Request, context: Context) -> Answer:
        try:
            return await method(self, request, context)
        except StatusError as failure:
            await context.abort(failure.code, failure.details)

    return told


def streaming(
    method: Callable[[Servicer, Request, Context], AsyncIterator[Answer]],
) -> Callable[[Servicer, Request, Context], AsyncIterator[Answer]]:
    """A method that answers many times, and may raise StatusError."""

    @wraps(method)
    async def told(self: Servicer, request: Request, context: Context) -> AsyncIterator[Answer]:
        try:
            async for answer in method(self, request, context):
                yield answer
        except StatusError as failure:
            await context.abort(failure.code, failure.details)

    return told
