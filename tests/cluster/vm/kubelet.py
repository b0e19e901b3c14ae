"""kubelet's own API on a booted node, as the API server would call it if it could reach into qemu's network."""

import http.client
import json
import ssl
from pathlib import Path

from tests.cluster.api import Json

PORT = 10250
TIMEOUT_SECONDS = 30


class Kubelet:
    """One node's kubelet at a port of 127.0.0.1. `client` is a certificate and key of system:masters."""

    def __init__(self, port: int, client: tuple[Path, Path]) -> None:
        # As kubeadm leaves it: kubelet's serving certificate is signed by itself.
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname, self._context.verify_mode = False, ssl.CERT_NONE
        self._context.load_cert_chain(*client)
        self._port = port

    def get(self, path: str) -> bytes:
        """The answer's body. Raises RuntimeError for any status but 200."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self._port, timeout=TIMEOUT_SECONDS, context=self._context
        )
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"kubelet's {path}: {answer.status} {body.decode(errors='replace')}")
        return body

    def configuration(self) -> Json:
        """The KubeletConfiguration that it runs with (`/configz`)."""
        found: Json = json.loads(self.get("/configz"))["kubeletconfig"]
        return found
