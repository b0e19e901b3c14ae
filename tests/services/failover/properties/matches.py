"""Players: a match begins on any server that allocation selects, also of a machine that is dead already."""

from collections.abc import Callable
from dataclasses import dataclass

from failover import words
from kubeclient.resources import GAME_SERVERS, PODS, Json
from tests.services.failover.properties.agones import state
from tests.services.failover.properties.api import GAMES, Api
from tests.services.failover.properties.machine import Machine

LONGEST = 60.0
"""Seconds."""


@dataclass
class Match:
    """On one pod, named by its uid."""

    server: str
    pod: str
    machine: Machine
    ends: float
    played: bool
    """False when nobody ever came: the machine could not be reached."""

    over: bool = False


class Matches:
    """`machine` is that of a node, by its name."""

    def __init__(self, api: Api, machine: Callable[[str], Machine | None]) -> None:
        self._api, self._machine = api, machine
        self._matches: list[Match] = []
        self.ended_early: Callable[[Match], None] = lambda _: None
        """Told of a match that the kubelet of a living machine ends."""

    # Allocation

    def begin(self, pick: int, lasts: float, to: str = "Allocated") -> None:
        """On one of the servers that may be had, if there are any."""
        if free := self.selectable():
            self.begin_on(free[pick % len(free)], lasts, to)

    def begin_on(self, server: Json, lasts: float, to: str = "Allocated") -> None:
        """An update of the version that is there now: it excludes a deletion of any other."""
        metadata = server["metadata"]
        self._api.edit(GAME_SERVERS, metadata["name"], lambda each: each["status"].update(state=to), GAMES)
        machine = self._machine(server["status"]["nodeName"])
        pod = self._api.find(PODS, metadata["name"], GAMES)
        if machine and pod and pod["metadata"]["uid"] in machine.running:
            ends = self._api.clock.monotonic() + min(lasts, LONGEST)
            self._matches.append(Match(metadata["name"], pod["metadata"]["uid"], machine, ends, machine.reached))

    def selectable(self) -> list[Json]:
        """What our allocation selectors let through."""
        return [each for each in self._api.all(GAME_SERVERS) if _is_selectable(each)]

    # Their ends

    def work(self) -> None:
        """Matches whose time is over end, and tell their server, which tells the API server as soon as it can."""
        now = self._api.clock.monotonic()
        for match in list(self._matches):
            match.over = match.over or (now >= match.ends and match.machine.runs)
            if match.over and match.machine.talks:
                self._matches.remove(match)
                self._shut_down(match)

    def end(self, pick: int) -> None:
        """One of them, before its time."""
        if self._matches:
            self._matches[pick % len(self._matches)].ends = self._api.clock.monotonic()

    def lost(self, pod: str, *, by_kubelet: bool) -> None:
        """Its containers are no more."""
        for match in [each for each in self._matches if each.pod == pod]:
            self._matches.remove(match)
            if by_kubelet and self._goes_on(match):
                self.ended_early(match)

    def on(self, machine: Machine) -> list[Match]:
        """Those that are played there."""
        return [each for each in self._matches if each.machine is machine and self._goes_on(each)]

    def _goes_on(self, match: Match) -> bool:
        return match.played and not match.over and self._api.clock.monotonic() < match.ends

    def _shut_down(self, match: Match) -> None:
        found = self._api.find(GAME_SERVERS, match.server, GAMES)
        if found and state(found) in ("Allocated", "Reserved") and "deletionTimestamp" not in found["metadata"]:
            self._api.edit(GAME_SERVERS, match.server, lambda each: each["status"].update(state="Shutdown"), GAMES)


def _is_selectable(server: Json) -> bool:
    metadata = server["metadata"]
    return state(server) == "Ready" and words.SUSPECT not in metadata["labels"] and "deletionTimestamp" not in metadata
