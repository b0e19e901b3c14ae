"""Loopback ports for one harness, such that two harnesses never want the same one."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import Self

# Below the kernel's range for outgoing connections (net.ipv4.ip_local_port_range), which would take them at random.
FIRST, LAST, BLOCK = 20_000, 32_000, 100


class Ports:
    """A block of ports, held by a lock that the kernel gives up when this process ends, however it ends."""

    def __init__(self) -> None:
        folder = Path(tempfile.gettempdir(), f"homeground-ports-{os.getuid()}")
        folder.mkdir(exist_ok=True)
        for first in range(FIRST, LAST, BLOCK):
            self._lock = (folder / str(first)).open("w")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._lock.close()
                continue
            self.block = range(first, first + BLOCK)
            self.reset()
            return
        raise RuntimeError(f"all ports from {FIRST} to {LAST} are held by other harnesses (locks in {folder})")

    def take(self) -> int:
        """A port that nobody listens on, by TCP or UDP, and that nobody else will be given."""
        try:
            return next(self._free)
        except StopIteration:
            raise RuntimeError(f"one harness wanted more than its {BLOCK} ports") from None

    def reset(self) -> None:
        """Hand out the block from its beginning again: to be called when all that listened has ended."""
        self._free = (port for port in self.block if _is_free(port))

    def close(self) -> None:
        """Give up the block."""
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # A server just killed leaves connections in TIME_WAIT, which stop nobody from listening.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
