"""Agones' controllers on the double: Fleet -> GameServerSet -> GameServer -> Pod.

As in its source (pkg/gameserversets/controller.go): a set is looked at when its `replicas` change, when a server of it
changes that is not being deleted, when one is gone, and every 30 s as long as it has one that is not being deleted.
"""

from itertools import count
from typing import Any

from kubeclient.resources import FLEETS, GAME_SERVER_SETS, GAME_SERVERS, PODS, Json, Resource
from tests.doubles.kubernetes.storage import Change
from tests.services.failover.properties.api import GAMES, Api

FLEET, SET = "agones.dev/fleet", "agones.dev/gameserverset"
FINALIZER = "agones.dev/controller"
PROTECTED = ("Allocated", "Reserved")
RESYNC = 30.0


class Agones:
    """`work` does all that is due."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._numbers = count(1)
        self._asked: set[str] = set()
        self._resynced = 0.0
        api.storage.listen(self._hear)

    def add_fleet(self, name: str, replicas: int) -> None:
        template = {"metadata": {"labels": {"homeground.dev/game": name}}}
        metadata = {"name": name, "namespace": GAMES, "labels": {"homeground.dev/game": name}}
        self._api.put(FLEETS, {"metadata": metadata, "spec": {"replicas": replicas, "template": template}})

    def work(self) -> None:
        self._resync()
        self._keep_sets()
        asked, self._asked = sorted(self._asked), set()
        for name in asked:
            self._keep_servers(name)
        for server in self._api.all(GAME_SERVERS):
            self._lead(server)

    # What it hears

    def _hear(self, change: Change) -> None:
        metadata, previous = change.object["metadata"], change.previous
        if change.resource == GAME_SERVER_SETS:
            if previous is None or previous["spec"]["replicas"] != change.object["spec"]["replicas"]:
                self._asked.add(metadata["name"])
        elif change.resource == GAME_SERVERS and (change.type == "DELETED" or "deletionTimestamp" not in metadata):
            self._asked.add(metadata["labels"][SET])

    def _resync(self) -> None:
        now = self._api.clock.monotonic()
        if now >= self._resynced + RESYNC:
            self._resynced = now
            living = (each["metadata"] for each in self._api.all(GAME_SERVERS))
            self._asked |= {each["labels"][SET] for each in living if "deletionTimestamp" not in each}

    # Fleets and sets

    def _keep_sets(self) -> None:
        fleets = {fleet["metadata"]["name"]: fleet for fleet in self._api.all(FLEETS)}
        sets = {each["metadata"]["labels"][FLEET]: each for each in self._api.all(GAME_SERVER_SETS)}
        for name, fleet in fleets.items():
            if name not in sets:
                metadata = {"name": f"{name}-set", "namespace": GAMES, "labels": {FLEET: name}}
                self._api.put(GAME_SERVER_SETS, {"metadata": metadata, "spec": {"replicas": fleet["spec"]["replicas"]}})
            elif sets[name]["spec"]["replicas"] != fleet["spec"]["replicas"]:
                size = fleet["spec"]["replicas"]
                self._edit(GAME_SERVER_SETS, sets[name], lambda each, size=size: each["spec"].update(replicas=size))
        for name in sets.keys() - fleets.keys():
            self._api.remove(GAME_SERVER_SETS, f"{name}-set", GAMES)
            for server in self._of(f"{name}-set"):
                self._api.remove(GAME_SERVERS, server["metadata"]["name"], GAMES)  # garbage, played on or not

    def _keep_servers(self, name: str) -> None:
        """As many as the set asks for; Allocated and Reserved ones count, and are never too many."""
        found = self._api.find(GAME_SERVER_SETS, name, GAMES)
        if found is None:
            return
        servers = [each for each in self._of(name) if "deletionTimestamp" not in each["metadata"]]
        for each in [each for each in servers if state(each) == "Unhealthy"]:
            self._set_state(each, "Shutdown")
            servers.remove(each)
        up = [each for each in servers if state(each) != "Shutdown"]
        spare = [each for each in up if state(each) not in PROTECTED]
        surplus = len(up) - found["spec"]["replicas"]
        for each in spare[: max(0, surplus)]:
            self._set_state(each, "Shutdown")
        for _ in range(-surplus):
            self._make(found)

    def _make(self, found: Json) -> None:
        fleet = found["metadata"]["labels"][FLEET]
        labels = {FLEET: fleet, SET: found["metadata"]["name"]}
        metadata = {"name": f"{fleet}-{next(self._numbers)}", "namespace": GAMES, "labels": labels}
        self._api.put(
            GAME_SERVERS,
            {"metadata": metadata | {"finalizers": [FINALIZER]}, "spec": {}, "status": {"state": "Creating"}},
        )

    # Servers

    def _lead(self, server: Json) -> None:
        """One step of one server's way."""
        name = server["metadata"]["name"]
        pod = self._api.storage.find(PODS, (GAMES, name))
        if pod and pod["metadata"].get("labels", {}).get("server") != server["metadata"]["uid"]:
            pod = None
        if "deletionTimestamp" in server["metadata"]:
            self._finish(server, pod)
            return
        match state(server):
            case "Creating":
                self._make_pod(server)
                self._set_state(server, "Starting")
            case "Shutdown":
                self._api.remove(GAME_SERVERS, name, GAMES)
            case "Unhealthy":
                pass
            case _ if pod is None or pod["status"]["phase"] == "Failed":
                self._set_state(server, "Unhealthy")
            case "Starting" if node := pod["spec"].get("nodeName"):
                self._set_state(server, "Scheduled", nodeName=node)
            case "Scheduled" if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]:
                self._set_state(server, "Ready")

    def _make_pod(self, server: Json) -> None:
        metadata = server["metadata"]
        labels = {"agones.dev/role": "gameserver", "server": metadata["uid"]}
        self._api.put(PODS, {"metadata": {"name": metadata["name"], "namespace": GAMES, "labels": labels}, "spec": {}})

    def _finish(self, server: Json, pod: Json | None) -> None:
        """The pod is ended with its grace, and when it is gone the server may be."""
        if pod is None:
            self._edit(GAME_SERVERS, server, lambda each: each["metadata"].update(finalizers=[]))
        elif "deletionTimestamp" not in pod["metadata"]:
            self._api.end(PODS, server["metadata"]["name"], GAMES)

    def _set_state(self, server: Json, to: str, **status: str) -> None:
        self._edit(GAME_SERVERS, server, lambda each: each["status"].update(state=to, **status))

    def _edit(self, resource: Resource, obj: Json, change: Any) -> None:
        self._api.edit(resource, obj["metadata"]["name"], change, GAMES)

    def _of(self, set_: str) -> list[Json]:
        return [each for each in self._api.all(GAME_SERVERS) if each["metadata"]["labels"][SET] == set_]


def state(server: Json) -> str:
    return str(server["status"]["state"])
