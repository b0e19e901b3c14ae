"""The HTTP side: methods of the Compute Engine API v1, and `/_double/` to switch faults on from another process."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from json import JSONDecodeError
from typing import Any

from msgspec import ValidationError, convert, to_builtins
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.doubles.gce import listing
from tests.doubles.gce.api_error import ApiError, not_found
from tests.doubles.gce.cloud import Cloud
from tests.doubles.gce.connections import Connections
from tests.doubles.gce.fault import Fault, Faults, answer_of, operation_of
from tests.doubles.gce.operation import Operation

Json = dict[str, Any]
Perform = Callable[[Request, Fault], Awaitable[Json]]
WAIT_SECONDS = 120
"""Of zoneOperations.wait, by the reference."""

_ZONE = "/compute/v1/projects/{project}/zones/{zone}"
_INSTANCE = _ZONE + "/instances/{name}"


@dataclass(frozen=True)
class Call:
    """A call that came. Bodies are not kept."""

    method: str
    zone: str
    name: str
    request_id: str
    authorization: str


@dataclass
class Server:
    """The application, and what tests look at."""

    cloud: Cloud
    faults: Faults
    calls: list[Call] = field(default_factory=list)
    unreachable: set[str] = field(default_factory=set)
    """Zones that lists cannot reach."""

    warn: bool = False
    """Lists tell of them by a warning, also without `returnPartialSuccess`."""

    connections: Connections = field(init=False)

    def __post_init__(self) -> None:
        self.connections = Connections(self._application())

    def count(self, method: str) -> int:
        """Calls of a method until now."""
        return sum(call.method == method for call in self.calls)

    def _application(self) -> Starlette:
        return Starlette(
            routes=[
                self._route("instances.insert", "POST", _ZONE + "/instances", self._insert),
                self._route("instances.get", "GET", _INSTANCE, self._get),
                self._route("instances.delete", "DELETE", _INSTANCE, self._act("delete")),
                self._route("instances.setMetadata", "POST", _INSTANCE + "/setMetadata", self._set_metadata),
                self._route("instances.start", "POST", _INSTANCE + "/start", self._act("start")),
                self._route("instances.stop", "POST", _INSTANCE + "/stop", self._act("stop")),
                self._route(
                    "instances.aggregatedList", "GET", "/compute/v1/projects/{project}/aggregated/instances", self._list
                ),
                self._route("zoneOperations.get", "GET", _ZONE + "/operations/{name}", self._operation),
                self._route("zoneOperations.wait", "POST", _ZONE + "/operations/{name}/wait", self._wait),
                Route("/_double/faults", self._add_fault, methods=["POST"]),
                Route("/_double/faults", self._clear_faults, methods=["DELETE"]),
                Route("/_double/faults", self._show_faults, methods=["GET"]),
                Route("/_double/settings", self._configure, methods=["PATCH"]),
            ]
        )

    def _route(self, method: str, verb: str, path: str, perform: Perform) -> Route:
        return Route(path, partial(self._handle, method, perform), methods=[verb])

    async def _handle(self, method: str, perform: Perform, request: Request) -> Response:
        """Carry a call out, and spoil it as the faults say."""
        zone, name = request.path_params.get("zone", ""), request.path_params.get("name", "")
        struck = self.faults.strike(method, zone)
        spoilt = answer_of(struck)
        authorization = request.headers.get("authorization", "")
        self.calls.append(Call(method, zone, name, _request_id(request), authorization))
        answer: Response | None = None
        if spoilt.committed or not spoilt.hides_answer:
            answer = await self._answered(perform, request, operation_of(struck))
        return await self._spoilt(spoilt, request, answer)

    async def _answered(self, perform: Perform, request: Request, fault: Fault) -> Response:
        try:
            if request.path_params["project"] != self.cloud.landscape.project:
                raise not_found(f"projects/{request.path_params['project']}")
            return JSONResponse(await perform(request, fault))
        except ApiError as error:
            return JSONResponse(error.body(), error.status)

    async def _spoilt(self, fault: Fault, request: Request, answer: Response | None) -> Response:
        if fault.answer_seconds:
            await asyncio.sleep(fault.answer_seconds)
        if fault.drop and request.client:
            self.connections.cut((request.client.host, request.client.port))
        if fault.garbled:
            return HTMLResponse("<html><title>Sign in to the guest network</title></html>", fault.status or 200)
        if fault.status or answer is None:
            return JSONResponse(ApiError(fault.status or 503, fault.reason, fault.message).body(), fault.status or 503)
        return answer

    # The methods

    async def _insert(self, request: Request, fault: Fault) -> Json:
        zone, request_id = request.path_params["zone"], _request_id(request)
        return self.cloud.insert(zone, await _body(request), request_id, fault).body()

    async def _get(self, request: Request, fault: Fault) -> Json:
        del fault
        return self.cloud.find(*_place(request)).body()

    def _act(self, name: str) -> Perform:
        async def perform(request: Request, fault: Fault) -> Json:
            act: Callable[..., Operation] = getattr(self.cloud, name)
            return act(*_place(request), _request_id(request), fault).body()

        return perform

    async def _set_metadata(self, request: Request, fault: Fault) -> Json:
        body = await _body(request)
        return self.cloud.set_metadata(*_place(request), body, _request_id(request), fault).body()

    async def _list(self, request: Request, fault: Fault) -> Json:
        del fault
        return listing.page(self.cloud, dict(request.query_params), self.unreachable, self.warn)

    async def _operation(self, request: Request, fault: Fault) -> Json:
        del fault
        return self.cloud.find_operation(*_place(request)).body()

    async def _wait(self, request: Request, fault: Fault) -> Json:
        """Until it is done, or for two minutes of the double's clock."""
        del fault
        operation = self.cloud.find_operation(*_place(request))
        enough = asyncio.Event()
        timer = self.cloud.clock.later(WAIT_SECONDS, enough.set)
        waits = [asyncio.ensure_future(event.wait()) for event in (operation.over, enough)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            for wait in waits:
                wait.cancel()
        return operation.body()

    # From another process

    async def _add_fault(self, request: Request) -> Response:
        try:
            self.faults.add(convert(await request.json(), Fault))
        except (ValidationError, JSONDecodeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return await self._show_faults(request)

    async def _clear_faults(self, request: Request) -> Response:
        self.faults.clear()
        return await self._show_faults(request)

    async def _show_faults(self, request: Request) -> Response:
        del request
        return JSONResponse(to_builtins(self.faults.active))

    async def _configure(self, request: Request) -> Response:
        """`unreachable`, `warn`, or a field of Landscape."""
        changes = await request.json()
        try:
            self.unreachable = set(changes.pop("unreachable", self.unreachable))
            self.warn = bool(changes.pop("warn", self.warn))
            self.cloud.configure(**changes)
        except (TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({})


def _place(request: Request) -> tuple[str, str]:
    return request.path_params["zone"], request.path_params["name"]


def _request_id(request: Request) -> str:
    return request.query_params.get("requestId", "")


async def _body(request: Request) -> Json:
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        raise ApiError(400, "parseError", "Parse Error") from None
    if not isinstance(body, dict) or not body:
        raise ApiError(400, "required", "Required field 'resource' not specified")
    return body
