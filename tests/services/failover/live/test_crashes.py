"""Killed at every write of a whole failover and recovery, or told everything late: nothing is lost, nothing is left."""

import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.api import Json
from tests.cluster.process import Process
from tests.cluster.wait import NotYetError, wait_for
from tests.services.failover.live.conftest import HOMES
from tests.services.failover.live.crashing_operator import DIED
from tests.services.failover.live.ground import Ground

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("failover")]

HOME = HOMES[0]
SECONDS = 240
WRITES = 15
"""A failover and its recovery take at least so many."""


class Chain:
    """Operators one after another, each killed right after its first write (so before its second)."""

    def __init__(self, place: Ground, folder: Path) -> None:
        self._place, self._folder = place, folder
        self._numbers = itertools.count(1)
        self._process: Process | None = None
        self.wrote: list[str] = []

    def until(self, what: str, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < end, f"waited for {what}; wrote {self.wrote}"
            self._next()
            time.sleep(0.05)  # the process is waited for, and it says nothing

    def stop(self) -> None:
        if self._process:
            self._process.kill()

    def _next(self) -> None:
        if self._process and self._process.running:
            return
        if self._process:
            assert self._process.returncode == DIED, self._process.tail()
            self.wrote.append(self._process.tail(1))
        name = f"operator-that-dies-{next(self._numbers)}"
        settings = self._place.settings_file(name)
        command: list[str | Path] = [
            *(sys.executable, "-m", "tests.services.failover.live.crashing_operator"),
            *("--settings", settings, "--kubeconfig", self._place.control_plane.kubeconfig),
            *("--at", "1"),
        ]
        self._process = Process(name, command, self._folder, self._place.python_path)
        self._place.stack.callback(self._process.kill)
        self._process.start()


def dead_beside_a_match(place: Ground) -> tuple[str, Json]:
    """A node that is dead now, and a match on another one, which nothing that follows may end."""
    place.world.ready_fleet(2, "lobby")
    played = place.world.allocate({"matchLabels": {"agones.dev/fleet": "lobby"}})["status"]["gameServerName"]
    match = place.server(played)
    victim = next(name for name in HOMES if name != match["status"]["nodeName"])
    place.die(victim)
    return victim, match


def assert_kept(place: Ground, match: Json) -> None:
    kept = place.server(match["metadata"]["name"])["metadata"]
    assert kept["uid"] == match["metadata"]["uid"]
    assert "deletionTimestamp" not in kept
    wait_for("two servers", lambda: len(place.servers()) == 2, 30)


def test_killed_after_every_write_a_failover_and_its_recovery_end_as_they_should(place: Ground, tmp_path: Path) -> None:
    chain = Chain(place, tmp_path)
    victim, match = dead_beside_a_match(place)
    try:
        chain.until("the machine to stand in", lambda: place.stands_in(victim))
        place.revive(victim)
        chain.until("the end", lambda: place.status(victim).get("phase") == "Completed" and is_clean(place))
    finally:
        chain.stop()
    assert len(chain.wrote) >= WRITES, chain.wrote
    assert_kept(place, match)


def is_clean(place: Ground) -> bool:
    try:
        return place.is_clean()
    except NotYetError:
        return False


def test_told_everything_late_a_failover_and_its_recovery_end_as_they_should(place: Ground) -> None:
    """Its watches break off at every fourth event, and whatever it lists again is as old as the list before."""
    settings = place.settings_file("disturbed")
    command: list[str | Path] = [
        *(sys.executable, "-m", "tests.services.failover.live.disturbed_operator"),
        *("--settings", settings, "--kubeconfig", place.control_plane.kubeconfig),
    ]
    process = Process("disturbed", command, place.folder, place.python_path)
    place.stack.callback(process.kill)
    place.operators["disturbed"] = process
    victim, match = dead_beside_a_match(place)
    process.start()
    wait_for("the machine to stand in", lambda: place.stands_in(victim), SECONDS)
    place.revive(victim)
    place.wait_phase(victim, "Completed")
    wait_for("nothing to be left", place.is_clean, SECONDS)
    assert "an old list" in process.log.read_text()
    assert_kept(place, match)
