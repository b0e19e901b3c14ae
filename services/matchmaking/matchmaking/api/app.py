"""The application: routes, limits, errors, and the OpenAPI document at /v1/openapi.json."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from limits.aio.storage import Storage
from limits.errors import StorageError
from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.problem_details import ProblemDetailsConfig, ProblemDetailsException, ProblemDetailsPlugin

from matchmaking.api.desk import Desk
from matchmaking.api.limiter import Limiter
from matchmaking.api.measured import Measured
from matchmaking.api.page import PAGE
from matchmaking.api.problem import problem
from matchmaking.api.routes import ROUTES, AnyRequest, too_many, whoever_asks
from matchmaking.store import StoreError

log = logging.getLogger(__name__)
UNREADABLE = (UnicodeDecodeError, RecursionError)
"""What the JSON decoder raises for a body that is no UTF-8, or far too deep; Litestar takes it for a fault of ours."""


def create_app(desk: Desk, storage: Storage) -> Litestar:
    """`storage` is where requests are counted."""
    limiter = Limiter(storage, desk.settings.limits, desk.settings.relays)

    async def count(request: AnyRequest) -> None:
        refuse_ambiguous(request)
        address = request.client.host if request.client else ""  # never a header, which anyone may write
        seconds = await limiter.hit_from(address)
        if seconds is not None:
            raise too_many(seconds)

    return Litestar(
        [*ROUTES, *PAGE],
        before_request=count,
        dependencies={
            "desk": Provide(lambda: desk, sync_to_thread=False),
            "limiter": Provide(lambda: limiter, sync_to_thread=False),
            "identity": Provide(whoever_asks),
        },
        lifespan=[partial(_hear, desk)],
        middleware=[Measured(desk.metrics)],
        plugins=[ProblemDetailsPlugin(_problems())],
        request_max_body_size=desk.settings.limits.body_bytes,
        openapi_config=OpenAPIConfig(
            title="Homeground matchmaking",
            version="1",
            path="/v1",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        debug=False,
    )


def refuse_ambiguous(request: AnyRequest) -> None:
    """A body of two lengths is read in two ways by two programs (RFC 9112, 6.1: an attempt at request smuggling)."""
    if "transfer-encoding" in request.headers and "content-length" in request.headers:
        made = problem(400, "ambiguous", "The body has two lengths", "Content-Length and Transfer-Encoding: send one")
        made.headers = {"Connection": "close"}
        raise made


@asynccontextmanager
async def _hear(desk: Desk, _: Litestar) -> AsyncIterator[None]:
    listening = asyncio.create_task(desk.waiters.run())
    try:
        yield
    finally:
        listening.cancel()


def _problems() -> ProblemDetailsConfig:
    def store_down(_: Exception) -> ProblemDetailsException:
        return problem(503, "unavailable", "Nothing can be told now", "come again in a moment")

    def broken(error: Exception) -> ProblemDetailsException:
        log.error("a request failed", exc_info=error)  # and nobody is told what is in it
        return problem(500, "internal", "Something is wrong here", "come again in a moment")

    def unreadable(_: Exception) -> ProblemDetailsException:
        return problem(400, "unreadable", "The body can't be read", "send JSON in UTF-8")

    return ProblemDetailsConfig(
        enable_for_all_http_exceptions=True,
        exception_to_problem_detail_map={Exception: broken, StoreError: store_down, StorageError: store_down}
        | dict.fromkeys(UNREADABLE, unreadable),
    )
