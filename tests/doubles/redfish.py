"""A management controller: Redfish over TLS, in the shape of DMTF's mockups (DSP2043, public-rackmount1), with faults.

One system, its reset, basic authentication and sessions. What a fault does is said at each.
"""

import asyncio
import base64
import ssl
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Self

from aiohttp import web

from tests.cluster.authority import Authority

Json = dict[str, Any]
SYSTEM, USER, PASSWORD = "437XR1138R2", "operator", "correct horse"
UUID = "38947555-7742-3448-3784-823347823834"
PATH, SESSIONS = f"/redfish/v1/Systems/{SYSTEM}", "/redfish/v1/SessionService/Sessions"
RESET = f"{PATH}/Actions/ComputerSystem.Reset"


class Fault(Enum):
    """What goes wrong with a call."""

    UNAVAILABLE = auto()
    """503, as controllers that restart say."""

    HANGS = auto()
    """Taken, and never answered."""

    LOST = auto()
    """Carried out; then the connection ends without an answer."""

    IGNORED = auto()
    """Answered as if carried out; nothing happens."""

    HALF = auto()
    """The connection ends in the middle of the answer."""

    NOT_JSON = auto()
    """A page of HTML with status 200, as proxies and firmware updates give."""

    A_LIST = auto()
    """JSON, and no object."""

    ENDLESS = auto()
    """More than anybody wants to read."""

    MOVED = auto()
    """A redirection, to a place that says the power is off."""


class Controller:
    """A context manager. `faults` are by (method, path), one a call; None is none."""

    def __init__(self, authority: Authority, *, hosts: tuple[str, ...] = ("127.0.0.1",)) -> None:
        self.power = "On"
        self.to_come: list[str] = []
        """The states that follow one after the other, each time one is read; the last one stays."""

        self.after_reset = ["PoweringOff", "Off"]
        self.changes: Mapping[str, Any] = {}
        """Of the system's resource; None takes a field away."""

        self.faults: dict[tuple[str, str], list[Fault | None]] = {}
        self.sessions: dict[str, str] = {}
        self.session_limit = 8
        self.location_prefix = ""
        self.calls: list[str] = []
        self.resets: list[Json] = []
        self.url = ""
        certificate, key = authority.server("controller", hosts)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self._over = asyncio.Event()

    async def __aenter__(self) -> Self:
        application = web.Application(middlewares=[self._enter])
        application.router.add_get(PATH, self._read)
        application.router.add_get("/redfish/v1/elsewhere", self._elsewhere)
        application.router.add_post(RESET, self._reset)
        application.router.add_post(SESSIONS, self._begin)
        application.router.add_delete(SESSIONS + "/{id}", self._end)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        self.url = f"https://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._runner.cleanup()

    def resource(self) -> Json:
        """The ComputerSystem as it is now."""
        if self.to_come:
            self.power = self.to_come.pop(0)
        whole = {
            "@odata.type": "#ComputerSystem.v1_22_0.ComputerSystem",
            "@odata.id": PATH,
            "Id": SYSTEM,
            "Name": "WebFrontEnd483",
            "SystemType": "Physical",
            "UUID": UUID,
            "HostName": "web483",
            "Status": {"State": "Enabled", "Health": "OK", "HealthRollup": "OK"},
            "IndicatorLED": "Off",
            "PowerState": self.power,
            "Links": {"ManagedBy": [{"@odata.id": "/redfish/v1/Managers/BMC"}]},
            "Actions": {
                "#ComputerSystem.Reset": {
                    "target": RESET,
                    "ResetType@Redfish.AllowableValues": ["On", "ForceOff", "GracefulShutdown", "ForceRestart"],
                }
            },
        }
        return {key: value for key, value in (whole | dict(self.changes)).items() if value is not None}

    @web.middleware
    async def _enter(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Who asks, and what goes wrong with it."""
        self.calls.append(f"{request.method} {request.path}")
        if not self._known(request):
            return refusal(401, "Base.1.18.0.NoValidSession")
        queue = self.faults.get((request.method, request.path), [])
        fault = queue.pop(0) if queue else None
        if not fault:
            return await self._answered(request, handler)
        if fault is Fault.LOST:
            await handler(request)
        return await self._broken(request, fault)

    async def _answered(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            answer: web.StreamResponse = await handler(request)
        except web.HTTPNotFound:
            answer = refusal(404, "Base.1.18.0.ResourceMissingAtURI")
        answer.headers["OData-Version"] = "4.0"
        return answer

    async def _broken(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if answer := self._wrong_answer(fault):
            return answer
        if fault is Fault.HANGS:
            await self._over.wait()
        if fault is Fault.HALF:
            half = web.StreamResponse(headers={"Content-Length": "1000"})
            await half.prepare(request)
            await half.write(b'{"PowerState": "Off"')
        if request.transport:
            request.transport.abort()
        return web.Response()

    def _wrong_answer(self, fault: Fault) -> web.Response | None:
        match fault:
            case Fault.UNAVAILABLE:
                return refusal(503, "Base.1.18.0.ServiceTemporarilyUnavailable")
            case Fault.IGNORED:
                return web.Response(status=204)
            case Fault.NOT_JSON:
                return web.Response(text="<html>PowerState: Off</html>", content_type="text/html")
            case Fault.A_LIST:
                return web.json_response([self.resource() | {"PowerState": "Off"}])
            case Fault.ENDLESS:
                return web.Response(body=b'{"x": "' + b"x" * (1 << 21) + b'"}', content_type="application/json")
            case Fault.MOVED:
                return web.Response(status=307, headers={"Location": "/redfish/v1/elsewhere"})
        return None

    def _known(self, request: web.Request) -> bool:
        if (request.method, request.path) == ("POST", SESSIONS):
            return True
        basic = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
        return request.headers.get("Authorization") == basic or request.headers.get("X-Auth-Token") in self.sessions

    async def _read(self, _: web.Request) -> web.Response:
        return web.json_response(self.resource())

    async def _elsewhere(self, _: web.Request) -> web.Response:
        return web.json_response(self.resource() | {"PowerState": "Off"})

    async def _reset(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.resets.append(body)
        if body.get("ResetType") not in ("On", "ForceOff", "GracefulShutdown", "ForceRestart"):
            return refusal(400, "Base.1.18.0.ActionParameterNotSupported")
        self.to_come = list(self.after_reset)
        return web.Response(status=204)

    async def _begin(self, request: web.Request) -> web.Response:
        body = await request.json()
        if (body.get("UserName"), body.get("Password")) != (USER, PASSWORD):
            return refusal(401, "Base.1.18.0.NoValidSession")
        if len(self.sessions) >= self.session_limit:
            return refusal(503, "Base.1.18.0.SessionLimitExceeded")
        number = str(len(self.calls))
        token = f"token-{number}"
        self.sessions[token] = number
        path = f"{SESSIONS}/{number}"
        made = {"@odata.id": path, "@odata.type": "#Session.v1_7_0.Session", "Id": number, "UserName": USER}
        headers = {"X-Auth-Token": token, "Location": f"{self.location_prefix}{path}"}
        return web.json_response(made, status=201, headers=headers)

    async def _end(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        self.sessions = {token: each for token, each in self.sessions.items() if each != number}
        return web.Response(status=204)


def refusal(status: int, code: str) -> web.Response:
    """An error as Redfish writes it."""
    return web.json_response({"error": {"code": code, "message": code, "@Message.ExtendedInfo": []}}, status=status)
