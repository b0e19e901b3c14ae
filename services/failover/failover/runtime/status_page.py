"""What the kubelet and Prometheus ask: /livez, /readyz, /metrics."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from failover.runtime.metrics import Metrics


class StatusPage:
    """An async context manager; inside it the page is served. `ready` says what is missing, empty for nothing.

    Whether the loop lives is told by its answering at all.
    """

    def __init__(self, port: int, metrics: Metrics, ready: Callable[[], str], before: Callable[[], None]) -> None:
        self.port, self._metrics, self._ready, self._before = port, metrics, ready, before
        app = web.Application()
        app.router.add_get("/livez", self._live)
        app.router.add_get("/readyz", self._readiness)
        app.router.add_get("/metrics", self._measured)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> "StatusPage":
        await self._runner.setup()
        site = web.TCPSite(self._runner, port=self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
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
        return web.Response(body=generate_latest(self._metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
