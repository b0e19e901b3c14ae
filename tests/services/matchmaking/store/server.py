"""A real Valkey server on a free port, that can be killed, frozen and begun again with what it has on its disk."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.ports import Ports
from tests.cluster.process import Process
from tests.cluster.tools import redis
from tests.cluster.wait import wait_for

PASSWORD = "not-a-secret-of-anybody"
STARTING_SECONDS = 20.0


class Server:
    """One that can be started more than once."""

    def __init__(self, folder: Path, port: int, *, durable: bool = True) -> None:
        self._folder, self.port = folder, port
        self._durable = ("yes", "always") if durable else ("no", "everysec")
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"valkey://:{PASSWORD}@127.0.0.1:{self.port}/1"

    def start(self) -> None:
        append, sync = self._durable
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", ""]
        options += ["--requirepass", PASSWORD, "--appendonly", append, "--appendfsync", sync]
        command: list[str | Path] = [redis.executable(), *options]
        self._process = Process(f"valkey-{self.port}", command, self._folder).start()
        wait_for("Valkey", self._ready, STARTING_SECONDS)

    @property
    def process(self) -> Process:
        assert self._process, "never started"
        return self._process

    def _ready(self) -> bool:
        self.process.check()
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(f"AUTH {PASSWORD}\r\nPING\r\n".encode())
            return b"PONG" in connection.recv(100)


@contextmanager
def serving(folder: Path, ports: Ports, *, durable: bool = True) -> Iterator[Server]:
    server = Server(folder, ports.take(), durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.process.kill()
