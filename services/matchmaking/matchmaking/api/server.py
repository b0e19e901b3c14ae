"""The application on a port: strict, since whoever plays is a stranger."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from litestar import Litestar

CONNECTIONS = 20_000
HEADER_BYTES = 16_384
IDLE_SECONDS = 75
END_SECONDS = 5
"""For requests that wait when it is told to end: they are cut off then, and their clients come again."""


@asynccontextmanager
async def serve(app: Litestar, host: str, port: int) -> AsyncIterator[int]:
    """Its port (0 takes a free one), until the block ends. Raises OSError if the address is taken."""
    with _listener(host, port) as listener:
        config = uvicorn.Config(
            app,
            http="h11",  # refuses what can be read in two ways, as two lengths of one body
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # the peer is who it is, whatever a header says
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=END_SECONDS,
            h11_max_incomplete_event_size=HEADER_BYTES,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                if serving.done():
                    raise RuntimeError("the application could not be started") from serving.exception()
                await asyncio.sleep(0.01)
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await asyncio.wait([serving])


def _listener(host: str, port: int) -> socket.socket:
    """Named as TCP: asyncio switches Nagle's algorithm off only then, which else costs 40 ms an answer."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener
