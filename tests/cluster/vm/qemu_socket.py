"""qemu's two JSON sockets: QMP, which commands the machine, and the guest agent, which runs programs inside it."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 20


class QemuError(Exception):
    """qemu or its guest agent refused a command."""


class QemuSocket:
    """One of the two, for a connection at a time; `greeting` is what it says first (QMP does, the agent does not)."""

    def __init__(self, path: Path, greeting: bool) -> None:
        self._path, self._greeting = path, greeting

    def call(self, command: str, **arguments: Any) -> Any:
        """The command's answer. Raises QemuError, or OSError while nobody listens."""
        with self._connection() as (connection, lines):
            if self._greeting:
                next(lines)
                _ask(connection, lines, "qmp_capabilities", {})
            return _ask(connection, lines, command, arguments)

    @contextmanager
    def _connection(self) -> Iterator[tuple[socket.socket, Iterator[bytes]]]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.connect(str(self._path))
            with connection.makefile("rb") as lines:
                yield connection, iter(lines)


def _ask(connection: socket.socket, lines: Iterator[bytes], command: str, arguments: dict[str, Any]) -> Any:
    connection.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
    for line in lines:
        answer = json.loads(line)
        if "error" in answer:
            raise QemuError(f"{command}: {answer['error']}")
        if "return" in answer:
            return answer["return"]
        # anything else is an event of the machine
    raise QemuError(f"{command}: the connection was closed")
