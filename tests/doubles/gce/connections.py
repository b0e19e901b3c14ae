"""HTTP on sockets of one event loop, with a way to cut a connection in the middle of a request."""

import asyncio
import contextlib
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState


class Connections:
    """Serves an application with uvicorn's HTTP, without its process-wide parts: it begins and ends at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._state = ServerState()
        self._transports: dict[Any, asyncio.Transport] = {}
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; the port, which 0 leaves to the system."""
        config = uvicorn.Config(self._app, log_level="warning", access_log=False, lifespan="off", ws="none")
        config.load()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Recorded(config, self._state, self._transports), host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and cut whoever is connected."""
        if self._server is None:
            return
        self._server.close()
        for transport in list(self._transports.values()):
            transport.abort()
        for task in list(self._state.tasks):
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self, client: tuple[str, int]) -> None:
        """End a client's connection without another byte."""
        with contextlib.suppress(KeyError):
            self._transports[client].abort()


class _Recorded(H11Protocol):
    def __init__(self, config: uvicorn.Config, state: ServerState, transports: dict[Any, asyncio.Transport]) -> None:
        super().__init__(config, state, {})
        self._transports, self._peer = transports, None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = transport.get_extra_info("peername")
        self._transports[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transports.pop(self._peer, None)
        super().connection_lost(exc)
