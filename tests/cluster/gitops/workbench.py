"""A cluster that follows a repository, and the working copy of whoever changes it."""

import subprocess
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import yaml

from tests.cluster.api import Json, Ref
from tests.cluster.argocd import APPLICATION, NAMESPACE, state
from tests.cluster.cluster import Cluster
from tests.cluster.crds import LOADER
from tests.cluster.gitops import games
from tests.cluster.gitops.argocd_server import ArgoCdServer
from tests.cluster.wait import NotYetError, wait_for

LIVE_SECONDS = 30
"""From a commit to the live object. Argo CD takes one; a loaded machine and a sync under way take the rest."""

READY_SECONDS = 60
"""From a live Fleet to its Ready servers."""

SETTLED_SECONDS = 240
"""Until all is well again after a failed sync: Argo CD tries again after 10, 20, 40 s (syncPolicy.retry)."""

T = TypeVar("T")


class Workbench:
    """Change a fact, `merge`, and see what the cluster makes of it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.api, self.argocd = cluster, cluster.api, cluster.argocd
        self.repository = cluster.repository
        self.dist = self.repository.source / "dist" / cluster.name
        self.processes = cluster.processes
        self._head = ""

    @cached_property
    def server(self) -> ArgoCdServer:
        return ArgoCdServer(self.argocd)

    # What a person does

    def write_game(self, game: str, fleet: games.Fleet, cpu: str = "100m") -> None:
        (self.repository.source / "games" / f"{game}.yaml").write_text(games.facts(game, fleet, cpu))

    def remove_game(self, game: str) -> None:
        (self.repository.source / "games" / f"{game}.yaml").unlink()

    def merge(self, message: str) -> None:
        """`make synth`, commit, and the webhook."""
        self.repository.synth()
        self.push(message)

    def push(self, message: str) -> None:
        """Commit dist/ as it stands, and the webhook."""
        self._head = self.repository.commit(message)
        self._webhook()

    def revert(self) -> None:
        """`git revert` of the last commit, and the webhook."""
        self._head = self.repository.revert()
        self._webhook()

    def _webhook(self) -> None:
        """What Git's webhook does by manifest-generate-paths: refresh the Applications whose folder changed."""
        command = ["git", "diff", "--name-only", "HEAD~1"]
        done = subprocess.run(command, cwd=self.repository.served, capture_output=True, text=True, check=True)
        folders = {Path(line).parts[2] for line in done.stdout.splitlines()}
        self.argocd.refresh(*folders, *(["root"] if "argocd" in folders else []))

    # What is there

    def app(self, name: str) -> Json:
        return self.argocd.application(name)

    def fleet(self, game: str) -> Json:
        return self.api.get(self.fleet_ref(game))

    def fleet_ref(self, game: str) -> Ref:
        return Ref("agones.dev/v1", "Fleet", game, f"games-{games.TENANTS[game]}")

    def servers(self, game: str) -> list[Json]:
        """The game's GameServers that are not on their way out."""
        ref = self.fleet_ref(game)
        found = self.api.list("agones.dev/v1", "GameServer", ref.namespace, labels=f"agones.dev/fleet={game}")
        return [server for server in found if "deletionTimestamp" not in server["metadata"]]

    def manifests(self) -> list[Json]:
        """Every object of the cluster's dist/, as Argo CD gets it."""
        files = sorted((self.repository.served / "dist" / self.cluster.name).rglob("*.yaml"))
        return [manifest for file in files for manifest in yaml.load_all(file.read_bytes(), LOADER)]

    # Waiting

    def wait(self, what: str, condition: Callable[[], T | None], seconds: float = LIVE_SECONDS) -> T:
        """As `wait_for`, while every process of the cluster runs."""

        def watched() -> T | None:
            self.cluster.control_plane.check()
            self.argocd.check()
            return condition()

        return wait_for(what, watched, seconds)

    def wait_size(self, game: str, replicas: int, seconds: float = LIVE_SECONDS) -> None:
        """Wait until the live Fleet is to have that many servers."""
        what = f"the live Fleet {game} to have replicas {replicas}"
        self.wait(what, lambda: _equal(self.fleet(game)["spec"].get("replicas"), replicas), seconds)

    def wait_ready(self, game: str, replicas: int, seconds: float = READY_SECONDS) -> None:
        """Wait until the Fleet has exactly that many servers and all are Ready."""

        def counted() -> bool:
            states = sorted(server.get("status", {}).get("state", "") for server in self.servers(game))
            return _equal(states, ["Ready"] * replicas)

        self.wait(f"{game} to have {replicas} Ready servers and no others", counted, seconds)

    def wait_settled(self, *apps: str, seconds: float = SETTLED_SECONDS) -> None:
        """Wait until these Applications are Synced with the last commit, and Healthy."""

        def settled() -> bool:
            found = self.argocd.applications()
            left = {name: _unsettled(found.get(name), self._head) for name in apps}
            if left := {name: why for name, why in left.items() if why}:
                raise NotYetError(left)
            return True

        self.wait(f"{', '.join(apps)} to follow {self._head[:7]}", settled, seconds)

    def wait_all_settled(self, seconds: float = SETTLED_SECONDS) -> None:
        """Wait until every Application that Git has is Synced and Healthy, and no sync of one is under way."""
        self.argocd.wait_synced(seconds)

        def at_rest() -> bool:
            if busy := sorted(name for name, app in self.argocd.applications().items() if "operation" in app):
                raise NotYetError(f"syncs under way: {', '.join(busy)}")
            return True

        self.wait("every sync to end", at_rest, seconds)

    def wait_app(self, name: str, what: str, condition: Callable[[Json], T | None], seconds: float = LIVE_SECONDS) -> T:
        """Wait for a condition of one Application, which is given to it."""

        def seen() -> T:
            app = self.app(name)
            if answer := condition(app):
                return answer
            raise NotYetError(f"{state(app)}; {operation(app).get('message')}; {app['status'].get('conditions')}")

        return self.wait(f"Application {name} {what}", seen, seconds)

    def applied(self, app: Json) -> bool:
        """Whether an Application's last sync was of the last commit, and succeeded."""
        last = operation(app)
        revisions = last.get("syncResult", {}).get("revisions", ())
        return last.get("phase") == "Succeeded" and self._head in revisions

    def compared(self, app: Json) -> bool:
        """Whether an Application was compared with the last commit."""
        return self._head in app["status"]["sync"].get("revisions", ())

    def app_ref(self, name: str) -> Ref:
        return Ref(*APPLICATION, name, NAMESPACE)


def operation(app: Json) -> Json:
    """The Application's sync under way, or its last one."""
    found: Json = app.get("status", {}).get("operationState", {})
    return found


def resource(app: Json, kind: str, name: str) -> Json:
    """What an Application's status says of one of its objects (not its health); empty when it has no such."""
    found = (each for each in app["status"].get("resources", ()) if (each["kind"], each["name"]) == (kind, name))
    return next(found, {})


def _unsettled(app: Json | None, head: str) -> str:
    if app is None:
        return "absent"
    revision = (app.get("status", {}).get("sync", {}).get("revisions") or [""])[-1]
    if state(app) != "Synced Healthy":
        return f"{state(app)}: {operation(app).get('message')}"
    if operation(app).get("phase") == "Running":  # it may wait to try again though there is nothing left to do
        return str(operation(app).get("message"))
    return "" if head in ("", revision) else f"at {revision[:7]}"


def _equal(seen: object, wanted: object) -> bool:
    if seen != wanted:
        raise NotYetError(seen)
    return True
