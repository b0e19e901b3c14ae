"""The API server: objects, their versions, and who is told of a change."""

from collections.abc import Callable
from uuid import UUID, uuid5

from failover.simulation.agenda import Agenda
from failover.simulation.objects import GameServer, GameServerSet, Node, Record, SigningRequest
from failover.simulation.timeline import Timeline

SPACE = UUID("6f1d8a6e-6c0f-4d0e-9a54-3a7b0c8f5a10")
Written = Node | GameServer | GameServerSet | Record


class Api:
    """Everything that the parts of the cluster know of each other goes through here."""

    def __init__(self, agenda: Agenda, timeline: Timeline) -> None:
        self.agenda, self.timeline = agenda, timeline
        self.nodes: dict[str, Node] = {}
        self.servers: dict[str, GameServer] = {}
        self.sets: dict[str, GameServerSet] = {}
        self.records: dict[str, Record] = {}
        self.tokens: set[str] = set()
        """Names of the machines whose join token there is."""

        self.requests: dict[str, list[SigningRequest]] = {}
        """By the machine that made them."""

        self._version = 0
        self._names = 0
        self._watchers: list[Callable[[], None]] = []
        self._server_watchers: list[Callable[[GameServer, bool], None]] = []

    def uid(self, name: str) -> str:
        """A new one, the same in every run."""
        self._names += 1
        return str(uuid5(SPACE, f"{self._names}/{name}"))

    def watch(self, told: Callable[[], None]) -> None:
        """Be told that something changed."""
        self._watchers.append(told)

    def watch_servers(self, told: Callable[[GameServer, bool], None]) -> None:
        """Be told of every change of a GameServer, and whether it is gone."""
        self._server_watchers.append(told)

    def written(self, obj: Written) -> None:
        """It was changed."""
        self._version += 1
        obj.version = str(self._version)
        if isinstance(obj, GameServer):
            for told in self._server_watchers:
                told(obj, False)
        self.changed()

    def removed(self, server: GameServer) -> None:
        """A GameServer is gone, its pod with it."""
        if self.servers.pop(server.name, None):
            for told in self._server_watchers:
                told(server, True)
            self.changed()

    def changed(self) -> None:
        """Something without a version of its own was."""
        for told in self._watchers:
            told()

    def on(self, node: str) -> list[GameServer]:
        """The GameServers whose pod is bound to a node."""
        return [each for each in self.servers.values() if each.node == node]

    def of(self, set_name: str) -> list[GameServer]:
        return [each for each in self.servers.values() if each.set == set_name]
