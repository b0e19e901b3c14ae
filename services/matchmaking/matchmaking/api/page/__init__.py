"""The cluster's page: queues, waits and matches, for people. Three files, and no one else's script."""

from functools import cache
from importlib.resources import files
from typing import Final

from litestar import Response, get

HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@cache
def _body(name: str) -> bytes:
    """Read once: whoever asks for the page again and again costs no reading."""
    return (files(__package__ or "") / name).read_bytes()


def _file(name: str, kind: str) -> Response[bytes]:
    return Response(_body(name), media_type=kind, headers=dict(HEADERS))


@get("/", include_in_schema=False, sync_to_thread=False)
def page() -> Response[bytes]:
    return _file("page.html", "text/html; charset=utf-8")


@get("/page.css", include_in_schema=False, sync_to_thread=False)
def style() -> Response[bytes]:
    return _file("page.css", "text/css; charset=utf-8")


@get("/page.js", include_in_schema=False, sync_to_thread=False)
def script() -> Response[bytes]:
    return _file("page.js", "text/javascript; charset=utf-8")


PAGE = [page, style, script]
