"""Requests counted by route, which are few, and never by path, of which a stranger makes as many as they like."""

import time

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from matchmaking.metrics import Metrics


class Measured(ASGIMiddleware):
    """`code` is 0 where nothing was answered."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        began, code = time.monotonic(), 0

        async def sent(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        try:
            await next_app(scope, receive, sent)
        finally:
            labels = (str(scope.get("method", "")), scope.get("path_template") or "none", str(code))
            self._metrics.requests.labels(*labels).observe(time.monotonic() - began)
