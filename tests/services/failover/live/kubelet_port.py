"""A home machine's kubelet port on loopback: it answers, or is as silent as a machine without power.

A port that nobody listens on refuses, which is an answer. Silence is a queue of connections that is full and that
nobody takes from: the kernel then drops what else comes, as a lost route does.
"""

import contextlib
import socket
import threading
from typing import Self

FILL = 8
CONNECT_SECONDS = 0.05


class KubeletPort:
    """A context manager. `address` is one of loopback's, a different one for each machine, on a port they share."""

    def __init__(self, address: str, port: int) -> None:
        self.address, self.port = address, port
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._queued: list[socket.socket] = []
        self._answering = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._socket.bind((self.address, self.port))
        self._socket.listen(0)
        self._socket.settimeout(CONNECT_SECONDS)
        self._answering.set()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self.answer()
        self._socket.close()

    def fall_silent(self) -> None:
        """From now on nothing comes back."""
        self._answering.clear()
        for _ in range(FILL):
            queued = socket.socket()
            queued.settimeout(CONNECT_SECONDS)
            self._queued.append(queued)
            with contextlib.suppress(OSError):
                queued.connect((self.address, self.port))

    def answer(self) -> None:
        """Alive again."""
        for queued in self._queued:
            queued.close()
        self._queued.clear()
        self._answering.set()

    def _serve(self) -> None:
        while not self._ended.is_set():
            if not self._answering.wait(CONNECT_SECONDS):
                continue
            with contextlib.suppress(OSError):
                self._socket.accept()[0].close()
