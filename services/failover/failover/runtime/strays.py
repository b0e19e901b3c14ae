"""Machines and nodes of ours that may be nobody's: found in the cloud's list, judged by a quorum's word."""

from collections.abc import Iterator, Mapping

from failover import startup
from failover.config import Config
from failover.decision.collection import Stray
from failover.decision.observed import Machine
from failover.gce.label import label_value
from failover.provider import Instance, Place
from failover.runtime import views
from failover.runtime.ages import Ages
from failover.runtime.caches import Caches
from failover.runtime.observer import is_ours
from failover.runtime.source import Source
from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.resources import GAME_SERVERS


class Strays:
    """Remembers since when each has been nobody's."""

    def __init__(self, clock: Clock, config: Config, client: Client, caches: Caches, quorum: Source) -> None:
        self._clock, self._config = clock, config
        self._client, self._caches, self._quorum = client, caches, quorum
        self._ages = Ages(clock)
        self._listed: Mapping[Place, Instance] = {}

    def candidates(self, listed: Mapping[Place, Instance]) -> Iterator[Place]:
        """Machines that no record known here has, and nodes of ours without a machine or a record."""
        self._listed = listed
        known = {each.vm_name for _, each in self._caches.attempts()}
        yield from (place for place in listed if place.name not in known)
        machines = {place.name for place in listed}
        for _, name in self._caches.nodes.objects:
            if is_ours(name) and name not in known and name not in machines:
                yield Place(self._zone(name), name)

    async def look(self, place: Place) -> Stray:
        """The machine first, its node, and the record last: one that was written before the machine was made is seen.

        Raises ApiError or ProviderError: an error is no absence.
        """
        known = await self._quorum.machine(place)
        node = await self._quorum.node(place.name)
        servers, pods = await self._quorum.servers(place.name), await self._quorum.pods(place.name)
        instance = known.instance or self._listed.get(place)
        owner = self._owner(instance)
        found = await self._quorum.record(owner) if owner else None
        record = views.record(found) if found else None
        view = views.node(node, self._config, self._clock.now()) if node else None
        owned = record is not None and any(each.vm_name == place.name for each in record.status.attempts)
        unsure = known.machine is Machine.UNKNOWN
        return Stray(
            place=place,
            owner=owner,
            age=0.0 if unsure else self._ages.see(place, owned),
            machine=known.machine is not Machine.ABSENT,
            machine_type=instance.machine_type if instance else "",
            node=view,
            pods=pods,
            servers=len(servers),
            record=record,
        )

    async def servers_of(self, namespace: str, fleet: str) -> int:
        """GameServers of a Fleet, by a quorum's word."""
        listing = await self._client.list(GAME_SERVERS, namespace, labels=f"agones.dev/fleet={fleet}")
        return len(listing.items)

    def _owner(self, instance: Instance | None) -> str:
        """The home node: by the record's uid, else by its name, which as a label may be cut short."""
        marks = instance.labels if instance else {}
        for (_, name), obj in self._caches.records.objects.items():
            if obj["metadata"]["uid"] == marks.get(startup.RECORD):
                return name
        label = marks.get(startup.HOME, "")
        names = (name for _, name in self._caches.nodes.objects)
        return next((name for name in names if label in (name, label_value(name))), label)

    def _zone(self, node: str) -> str:
        obj = self._caches.nodes.objects[("", node)]
        return str(obj["spec"].get("providerID", "///")).split("/")[-2]
