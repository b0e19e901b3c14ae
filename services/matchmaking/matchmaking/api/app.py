"""The application: routes, limits, errors, and the OpenAPI document at /openapi.json."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from limits.aio.storage import Storage
from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.problem_details import ProblemDetailsConfig, ProblemDetailsPlugin

from matchmaking.api.desk import Desk
from matchmaking.api.limiter import Limiter
from matchmaking.api.problem import problem
from matchmaking.api.routes import ROUTES, AnyRequest, too_many, whoever_asks
from matchmaking.store import StoreError


def create_app(desk: Desk, storage: Storage) -> Litestar:
    """`storage` is where requests are counted."""
    limiter = Limiter(storage, desk.settings.limits)

    async def count(request: AnyRequest) -> None:
        address = request.client.host if request.client else ""  # never a header, which anyone may write
        seconds = await limiter.hit("address", address)
        if seconds is not None:
            raise too_many(seconds)

    @asynccontextmanager
    async def hear(_: Litestar) -> AsyncIterator[None]:
        listening = asyncio.create_task(desk.waiters.run())
        try:
            yield
        finally:
            listening.cancel()

    problems = ProblemDetailsConfig(
        enable_for_all_http_exceptions=True,
        exception_to_problem_detail_map={
            StoreError: lambda _: problem(503, "unavailable", "Nothing can be told now", "come again in a moment")
        },
    )
    return Litestar(
        ROUTES,
        before_request=count,
        dependencies={
            "desk": Provide(lambda: desk, sync_to_thread=False),
            "limiter": Provide(lambda: limiter, sync_to_thread=False),
            "identity": Provide(whoever_asks),
        },
        lifespan=[hear],
        plugins=[ProblemDetailsPlugin(problems)],
        request_max_body_size=desk.settings.limits.body_bytes,
        openapi_config=OpenAPIConfig(
            title="Homeground matchmaking",
            version="1",
            path="/",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        debug=False,
    )
