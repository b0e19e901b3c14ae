"""A component as a plain process: it logs to a file, and never outlives the harness that started it."""

import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

LOG_LINES = 15


class ProcessError(Exception):
    """A component ended though it should run; carries the end of its log."""


class Process:
    """One component: `name` names its log, `command` is its argv, `env` is added to ours.

    The kernel kills it when the thread that started it ends (`setpriv --pdeathsig`), so even SIGKILL of a test run
    leaves nothing behind: start it from the main thread.
    """

    def __init__(
        self, name: str, command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.env = dict(env or {})
        self.folder = folder
        self.log = folder / f"{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, or start it again; the log is appended to."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self.env,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for the harness, which ends its parts in order
            )
        return self

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs, or when it was never started."""
        return self._child.poll() if self._child else None

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far (proc(5)): what busy neighbours do not change."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def pid(self) -> int:
        if self._child is None:
            raise ProcessError(f"{self.name} was never started")
        return self._child.pid

    def check(self) -> None:
        """Raises ProcessError if it has ended, with the last lines of its log."""
        if self._child and self._child.poll() is not None:
            raise ProcessError(f"{self.name} ended with {self._child.returncode}; {self.log} ends:\n{self.tail()}")

    def tail(self, lines: int = LOG_LINES) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def kill(self) -> None:
        """End it at once and for certain, with its own children: a graceful stop of an API server takes minutes."""
        if self._child is None:
            return
        if self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()

    def freeze(self) -> None:
        """Stop it where it stands: its sockets stay open and nobody answers."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)


class Processes(ABC):
    """Components that begin and end together. A context manager: if the beginning fails, nothing of it is left."""

    processes: dict[str, Process]

    def __enter__(self) -> Self:
        try:
            self.begin_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def begin_all(self) -> None:
        """What entering does."""
        self.start()

    @abstractmethod
    def start(self) -> None:
        """Start the components."""

    def stop(self) -> None:
        """End them at once, the last one first."""
        for process in reversed(self.processes.values()):
            process.kill()

    def check(self) -> None:
        """Raises ProcessError if one has ended."""
        for process in self.processes.values():
            process.check()
