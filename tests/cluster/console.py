"""The console of `make play`: commands from the terminal, and news of the cluster as it happens."""

import shutil
import sys
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from homeground import labels
from tests.cluster.api import ApiError
from tests.cluster.argocd import state
from tests.cluster.cluster import Cluster
from tests.cluster.machine import Machine, condition

LOOK_SECONDS = 1


class Console:
    """Runs until `quit` or Ctrl-C. `working_copy` is the repository whose dist/ it follows."""

    def __init__(self, cluster: Cluster, working_copy: Path) -> None:
        self.cluster, self._dist = cluster, working_copy / "dist" / cluster.name
        self._seen = digest(self._dist)
        self._news = self.news()
        self._commands: dict[str, Callable[[str], None]] = {
            "status": self.status,
            "allocate": self.allocate,
            "kill": lambda name: self._machine(name).die(),
            "revive": lambda name: self._machine(name).revive(),
            "hang": lambda name: self._machine(name).hang(),
            "wake": lambda name: self._machine(name).wake(),
        }

    def run(self) -> None:
        """Serve commands, follow dist/, tell news."""
        typed: SimpleQueue[str] = SimpleQueue()
        Thread(target=_read, args=(typed,), daemon=True).start()
        while True:
            try:
                line = typed.get(timeout=LOOK_SECONDS).strip()
            except Empty:
                line = ""
            if line in ("quit", "exit"):
                return
            self.obey(line)
            self.follow()
            self.tell()

    def obey(self, line: str) -> None:
        """One typed line; a wrong one is explained."""
        name, _, argument = line.strip().partition(" ")
        if not name:
            return
        command = self._commands.get(name)
        if not command:
            say(f"no command {name}; there are {', '.join(self._commands)}, quit")
            return
        try:
            command(argument.strip())
        except (LookupError, ApiError) as error:
            say(str(error.args[0]))

    def follow(self) -> None:
        """Commit what `make synth` has written since."""
        try:
            now = digest(self._dist)
        except FileNotFoundError:  # it is being replaced at this moment
            return
        if now == self._seen:
            return
        self._seen = now
        repository = self.cluster.repository
        target = repository.source / "dist" / self.cluster.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self._dist, target)
        commit = repository.commit("make synth")
        say(f"dist/{self.cluster.name} changed: commit {commit[:7]}, Argo CD looks for it")
        self.cluster.argocd.refresh()

    def tell(self) -> None:
        """Say what changed since the last look."""
        before, self._news = self._news, self.news()
        for key, now in self._news.items():
            if before.get(key) != now:
                say(f"{key}: {now}")
        for key in before.keys() - self._news.keys():
            say(f"{key}: gone")

    def news(self) -> dict[str, str]:
        """The state of every node, Application and Fleet in a few words."""
        api = self.cluster.api
        found: dict[str, str] = {}
        for node in api.list("v1", "Node"):
            ready = condition(node, "Ready")
            found[f"machine {node['metadata']['name']}"] = {"True": "Ready"}.get(ready.get("status", ""), "NotReady")
        for name, application in self.cluster.argocd.applications().items():
            found[f"Application {name}"] = state(application)
        for fleet in api.list("agones.dev/v1", "Fleet"):
            metadata = fleet["metadata"]
            servers = api.list(
                "agones.dev/v1", "GameServer", metadata["namespace"], f"agones.dev/fleet={metadata['name']}"
            )
            states = Counter(server.get("status", {}).get("state", "new") for server in servers)
            counted = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
            found[f"Fleet {metadata['namespace']}/{metadata['name']}"] = counted or "no servers"
        return found

    def is_ready(self) -> bool:
        """Every Fleet has a Ready server."""
        fleets = self.cluster.api.list("agones.dev/v1", "Fleet")
        return bool(fleets) and all(fleet.get("status", {}).get("readyReplicas") for fleet in fleets)

    def status(self, _: str) -> None:
        for key, now in self.news().items():
            say(f"{key}: {now}")

    def allocate(self, game: str) -> None:
        """Ask Agones for a server of a game, as matchmaking does."""
        found = next((g for g in self.cluster.platform.games if g.name == game), None)
        if not found:
            raise LookupError(f"no game {game}; there are {', '.join(g.name for g in self.cluster.platform.games)}")
        allocation = self.cluster.api.create(
            {
                "apiVersion": "allocation.agones.dev/v1",
                "kind": "GameServerAllocation",
                "metadata": {"namespace": labels.tenant_namespace(found.tenant)},
                "spec": {"selectors": [{"matchLabels": {labels.GAME: game}}]},
            }
        )
        status = allocation["status"]
        where = ", ".join(f"{status['address']}:{port['port']}" for port in status.get("ports", ()))
        say(f"{status['state']}" + (f": {status['gameServerName']} on {status['nodeName']}, {where}" if where else ""))

    def _machine(self, name: str) -> Machine:
        if name not in self.cluster.machines:
            raise LookupError(f"no machine {name or '(name one)'}; there are {', '.join(self.cluster.machines)}")
        return self.cluster.machines[name]


def digest(folder: Path) -> str:
    """A digest of every file below a folder."""
    found = sha256()
    for path in sorted(folder.rglob("*.yaml")):
        found.update(path.name.encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def say(line: str) -> None:
    sys.stdout.write(f"  {line}\n")
    sys.stdout.flush()


def _read(typed: SimpleQueue[str]) -> None:
    """Line by line, also of what was pasted. Without a terminal there are none, and only Ctrl-C ends it."""
    for line in sys.stdin:
        typed.put(line)
