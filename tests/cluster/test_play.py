"""`make play` as a newcomer uses it: what it prints, what can be typed, and that Ctrl-C leaves nothing of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.wait import wait_for
from tests.program import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

READY_SECONDS, END_SECONDS = 300.0, 60.0


@contextmanager
def played(output: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """In a group of its own, as a shell starts it."""
    command = [sys.executable, "-m", "tests.cluster.play", "local"]
    with (
        output.open("wb") as out,
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True
        ) as running,
    ):
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)


def test_it_is_ready_answers_and_ends_without_a_trace(tmp_path: Path) -> None:
    output = tmp_path / "output"

    def says(text: str) -> bool:
        if text in output.read_text():
            return True
        raise LookupError(output.read_text()[-2000:])

    with played(output) as running:
        wait_for("it to be ready", lambda: says("ready in"), READY_SECONDS)
        assert running.stdin
        running.stdin.write(b"status\nallocate skirmish\ndance\nkill nobody\n")  # as it comes of pasting
        running.stdin.flush()
        for answer in ("  Application root: Synced Healthy", "Allocated: ", "no command dance", "there are desk"):
            wait_for(f"the answer {answer!r}", partial(says, answer), END_SECONDS)
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(END_SECONDS) == 0
    said = output.read_text()
    assert said.rstrip().endswith("ended; nothing is left of it"), said[-2000:]
    assert "Traceback" not in said
    folder = next(line.partition("KUBECONFIG=")[2] for line in said.splitlines() if "KUBECONFIG=" in line)
    assert not Path(folder).parent.exists()
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert [each for each in commands if str(Path(folder).parent).encode() in each] == []
