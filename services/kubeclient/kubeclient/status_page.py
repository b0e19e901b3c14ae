"""What the kubelet and Prometheus ask a service: /livez, /readyz, /metrics."""

import socket
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest


class StatusPage:
    """An async context manager; inside it the page is served on `port`, 0 being a free one that is then in `port`.

    `ready` says what is missing, empty for nothing; `before` runs before the metrics are read. Whether the loop lives
    is told by its answering at all.
    """

    def __init__(
        self, port: int, registry: CollectorRegistry, ready: Callable[[], str], before: Callable[[], None]
    ) -> None:
        self.port, self._registry, self._ready, self._before = port, registry, ready, before
        app = web.Application()
        app.router.add_get("/livez", self._live)
        app.router.add_get("/readyz", self._readiness)
        app.router.add_get("/metrics", self._measured)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> "StatusPage":
        await self._runner.setup()
        listening = _listen(self.port)
        await web.SockSite(self._runner, listening).start()
        self.port = listening.getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _live(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readiness(self, _: web.Request) -> web.Response:
        missing = self._ready()
        return web.Response(text=f"{missing or 'ok'}\n", status=503 if missing else 200)

    async def _measured(self, _: web.Request) -> web.Response:
        self._before()
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _listen(port: int) -> socket.socket:
    """One socket for both families: two would each be given a free port of its own, and only one of them be told."""
    if socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", port))
