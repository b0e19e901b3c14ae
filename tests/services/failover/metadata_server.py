"""GCE's metadata server, as far as a booting machine asks it, and its faults."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

PREFIX = "/computeMetadata/v1/instance/"


class MetadataServer:
    """A context manager. `values` are by path below `instance/`; `broken` are paths with another HTTP status."""

    def __init__(self, attributes: Mapping[str, str], address: str = "10.10.0.77") -> None:
        self.values = {f"attributes/{key}": value for key, value in attributes.items()}
        self.values["network-interfaces/0/ip"] = address
        self.broken: dict[str, int] = {}
        self.flavour = "Google"
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, path: str, flavour: str | None) -> tuple[int, str]:
        """Without the header of those who mean it, a request may have been forged by way of a browser: 403."""
        self.asked.append(path)
        key = path.removeprefix(PREFIX)
        if flavour != "Google":
            return 403, "Metadata-Flavor"
        if key in self.broken:
            return self.broken[key], "broken"
        return (200, self.values[key]) if path.startswith(PREFIX) and key in self.values else (404, "Not Found")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, text = server.answer(self.path, self.headers.get("Metadata-Flavor"))
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                if server.flavour:
                    self.send_header("Metadata-Flavor", server.flavour)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Nothing: a test says itself what it saw."""

        return Handler
