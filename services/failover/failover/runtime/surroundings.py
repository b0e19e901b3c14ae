"""What is so beyond one node: how much of its site is silent, and how many machines stand in already."""

from collections.abc import Iterable
from dataclasses import dataclass

from failover import words
from failover.config import Config
from failover.decision.observed import Surroundings
from failover.runtime import views
from kubeclient.clock import Clock
from kubeclient.resources import Json


@dataclass(frozen=True, slots=True)
class HomeNode:
    """A permanent node that plays games."""

    name: str
    site: str
    lost: bool
    """Not Ready, or with a stale Lease."""


class Site:
    """Tells a site's outage from the death of its machines, and when it is over for certain."""

    def __init__(self, clock: Clock, config: Config) -> None:
        self._clock, self._config = clock, config
        self._over_at: dict[str, float] = {}

    def outage(self, site: str, nodes: Iterable[HomeNode]) -> bool:
        """So much and so many are lost at once, or were until less than the cooldown ago.

        A percentage alone would block the failover of one of three nodes (karpenter#2134), a number alone that of a
        small part of many.
        """
        all_ = [each for each in nodes if each.site == site]
        lost, config = sum(each.lost for each in all_), self._config
        if lost >= config.outage_nodes and 100 * lost >= config.outage_percent * len(all_):
            self._over_at[site] = self._clock.monotonic() + config.outage_cooldown
        return self._clock.monotonic() < self._over_at.get(site, 0.0)


class Budget:
    """Temporary machines of all incidents, those that this replica has just put on record included."""

    def __init__(self) -> None:
        self._just_written: set[str] = set()

    def reserve(self, vm_names: Iterable[str]) -> None:
        """Count these from now on, though the watch has not told of them yet."""
        self._just_written |= set(vm_names)

    def used(self, records: Iterable[Json]) -> int:
        on_record = {each.vm_name for obj in records for each in views.record(obj).status.attempts}
        self._just_written -= on_record
        return len(on_record | self._just_written)

    def release(self, vm_names: Iterable[str]) -> None:
        """They did not come to be: their status was not written."""
        self._just_written -= set(vm_names)


def home_nodes(nodes: Iterable[Json], lost: Iterable[str]) -> list[HomeNode]:
    """Permanent nodes that play games; `lost` names those whose Lease is stale."""
    gone = set(lost)
    found = []
    for obj in nodes:
        name, marks = obj["metadata"]["name"], obj["metadata"].get("labels") or {}
        if not is_home(name, marks):
            continue
        found.append(HomeNode(name, marks.get(words.SITE, ""), name in gone or not views.is_ready(obj)))
    return found


def is_home(name: str, marks: dict[str, str]) -> bool:
    """Whether a node is one that temporary ones stand in for."""
    return marks.get(words.RUNNER) == "true" and words.TEMPORARY not in marks and not name.startswith(words.PREFIX)


def around(name: str, nodes: list[HomeNode], site: Site, machines: int) -> Surroundings:
    """What one node's decision needs to know of the others."""
    own = next((each.site for each in nodes if each.name == name), "")
    return Surroundings(site.outage(own, nodes), sum(each.lost for each in nodes), machines)
