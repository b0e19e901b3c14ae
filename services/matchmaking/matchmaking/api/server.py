"""The application on a port: strict, since whoever plays is a stranger."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Never

import uvicorn
from litestar import Litestar

from matchmaking.mounted import stamp

CONNECTIONS = 20_000
HEADER_BYTES = 16_384
IDLE_SECONDS = 75
RENEWAL_SECONDS = 30.0
"""Between two looks at whether the certificate was renewed."""

END_SECONDS = 5
"""For requests that wait when it is told to end: they are cut off then, and their clients come again."""


log = logging.getLogger(__name__)


class TlsError(Exception):
    """There is no certificate to serve with: which file, and why."""


@dataclass(frozen=True)
class Listen:
    """Where. Port 0 takes a free one; `tls` is a folder with tls.crt and tls.key, as a Secret is mounted."""

    host: str = "::"
    port: int = 0
    tls: Path | None = None


@asynccontextmanager
async def serve(app: Litestar, listen: Listen) -> AsyncIterator[int]:
    """Its port, until the block ends. Raises TlsError, and OSError if the address is taken."""
    with _listener(listen.host, listen.port) as listener:
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
        config.load()
        renewing = None
        if listen.tls:
            config.ssl = _context(listen.tls)
            renewing = asyncio.create_task(_renew(config.ssl, listen.tls))
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
            if renewing:
                renewing.cancel()


def _context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, folder)
    return context


def _load(context: ssl.SSLContext, folder: Path) -> None:
    try:
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    except (OSError, ssl.SSLError) as error:
        raise TlsError(f"{folder}: tls.crt and tls.key can't be used: {error}") from error


async def _renew(context: ssl.SSLContext, folder: Path) -> Never:
    """Handshakes from then on see the new certificate; one that can't be used leaves the old one."""
    seen = stamp(folder)
    while True:
        await asyncio.sleep(RENEWAL_SECONDS)
        if (now := stamp(folder)) != seen:
            seen = now
            try:
                # Into another one first: half a pair would break the one that serves.
                _context(folder)
                _load(context, folder)
            except TlsError as error:
                log.error("the certificate stays as it was: %s", error)


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
