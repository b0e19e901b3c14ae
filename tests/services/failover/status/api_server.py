"""An API server that knows one list: just enough to be asked over HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

TOKEN = "a-token"


@contextmanager
def serve(items: list[dict[str, Any]], code: int = 200) -> Iterator[str]:
    """Its URL. With another code than 200 every answer is a Status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path.partition("?")[0] == "/apis/homeground.dev/v1/nodefailovers"
            status = code if known else 404
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                status = 401
            answer = {"kind": "NodeFailoverList", "metadata": {"resourceVersion": "9"}, "items": items}
            refusal = {"kind": "Status", "code": status, "reason": "Refused", "message": "not today"}
            body = json.dumps(answer if status == 200 else refusal).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kubeconfig(folder: Path, url: str, token: str = TOKEN) -> Path:
    """A file that leads to it."""
    path = folder / "config"
    config = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "clusters": [{"name": "here", "cluster": {"server": url}}],
        "users": [{"name": "me", "user": {"token": token}}],
    }
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path
