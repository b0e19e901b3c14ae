"""The double over HTTP, on loopback: for the real transport, and for other people's clients."""

import asyncio
import ssl
from contextlib import aclosing
from typing import Self

from aiohttp import web

from kubeclient.transport import Answer, Request
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.refusal import Refusal
from tests.doubles.kubernetes.watches import Broken, Watch


class Served:
    """An async context manager; inside it the double answers at `url`. A client is known by its User-Agent's name.

    `tokens`, if given, are the bearer tokens that are let in; with a `tls` context it speaks HTTPS.
    """

    def __init__(self, server: ApiServer, *, tokens: set[str] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._server, self._tls = server, tls
        self.tokens = tokens
        self.seen: list[web.BaseRequest] = []
        # A handler ends with its connection, or a watch would outlive who asked. Writes go on all the same.
        self._runner = web.AppRunner(
            self._application(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True
        )
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        scheme = "https" if self._tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()
        await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=16 * 2**20)
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        authorization = request.headers.get("Authorization", "")
        if self.tokens is not None and authorization.removeprefix("Bearer ") not in self.tokens:
            body = Refusal(401, "Unauthorized", "Unauthorized").status()
            return web.json_response(body, status=401)
        asked = Request(
            request.method,
            request.rel_url.raw_path,
            dict(request.query),
            await request.read(),
            request.content_type if request.body_exists else "",
        )
        client = request.headers.get("User-Agent", "").partition("/")[0]
        try:
            answer = await self._server.answer(client, asked)
            return await _watch(request, answer) if isinstance(answer, Watch) else _whole(answer)
        except Broken:
            if request.transport:
                request.transport.abort()
            raise asyncio.CancelledError from None  # there is nobody to answer any more


def _whole(answer: Answer) -> web.Response:
    headers = {"Retry-After": answer.retry_after} if answer.retry_after else {}
    kind = "application/json" if answer.body[:1] == b"{" else "text/plain"
    return web.Response(body=answer.body, status=answer.status, content_type=kind, headers=headers)


async def _watch(request: web.Request, watch: Watch) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    try:
        await response.prepare(request)
        async with aclosing(watch.lines()) as lines:
            async for line in lines:
                await response.write(line)
        await response.write_eof()
    except ConnectionError:
        pass  # the client has gone
    finally:
        watch.open = False
    return response
