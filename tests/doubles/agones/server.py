"""The HTTPS side: webhooks, and the aggregated API `allocation.agones.dev/v1`."""

from collections.abc import Callable, Coroutine
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.doubles.agones import allocation_request, webhooks
from tests.doubles.agones.allocation import Allocator, UpdateError
from tests.doubles.agones.allocation_request import API_VERSION, KIND
from tests.doubles.agones.names import Json

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]
RESOURCE = "gameserverallocations"
THREADS = 200  # each allocation holds one while its batch waits
DISCOVERY = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": API_VERSION,
    "resources": [
        {
            "name": RESOURCE,
            "singularName": "gameserverallocation",
            "namespaced": True,
            "kind": KIND,
            "verbs": ["create"],
            "shortNames": ["gsa"],
        }
    ],
}


def application(allocator: Allocator) -> Starlette:
    async def allocate(request: Request) -> Response:
        if request.method != "POST":
            return PlainTextResponse("Method not supported\n", 405)
        try:
            allocation = allocation_request.parse(await request.json(), request.path_params["namespace"])
        except (ValueError, TypeError, AttributeError) as error:
            return PlainTextResponse(f"error decoding body: {error}\n", 500)
        if refusal := allocation_request.check(allocation):
            return JSONResponse(refusal, 422)
        try:
            return JSONResponse(await anyio.to_thread.run_sync(allocator.allocate, allocation, limiter=limiter), 201)
        except UpdateError as error:
            return PlainTextResponse(f"{error}\n", 500)

    limiter = anyio.CapacityLimiter(THREADS)
    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Starlette(
        routes=[
            Route("/", _text("", 200)),
            # The API server asks for aggregated discovery first; this answer makes it ask for the group version.
            Route("/apis", _text("", 406)),
            Route("/openapi/v2", _json({"info": {"title": "allocation.agones.dev"}})),
            Route("/openapi/v3", _json({"paths": {}})),
            Route(f"/apis/{API_VERSION}", _json(DISCOVERY)),
            Route(f"/apis/{API_VERSION}/namespaces/{{namespace}}/{RESOURCE}", allocate, methods=every),
            Route("/mutate", _review(webhooks.mutate), methods=["POST"]),
            Route("/validate", _review(webhooks.validate), methods=["POST"]),
            Route("/{path:path}", _text("404 page not found\n", 404), methods=every),
        ]
    )


def _review(answer: Callable[[Json], Json]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(answer(await request.json()))

    return endpoint


def _json(content: Json) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return JSONResponse(content)

    return endpoint


def _text(content: str, status: int) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return PlainTextResponse(content, status)

    return endpoint
