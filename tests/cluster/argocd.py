"""A real Argo CD: redis, repo-server and application-controller as processes, over a Git repository in a folder."""

import secrets
from pathlib import Path
from typing import Any

import yaml

from homeground.versions import PINS
from tests.cluster import crds
from tests.cluster.api import ApiError, Json, Ref
from tests.cluster.control_plane import ControlPlane
from tests.cluster.crds import LOADER
from tests.cluster.process import Process, Processes
from tests.cluster.repository import Repository
from tests.cluster.tools import tool
from tests.cluster.wait import NotYetError, wait_for

NAMESPACE = "argocd"
APPLICATION = ("argoproj.io/v1alpha1", "Application")
RESYNC_SECONDS = 10
START_SECONDS = 60


class ArgoCD(Processes):
    """A context manager; inside it Argo CD runs and knows of no Application until `begin` gives it the root."""

    def __init__(self, control_plane: ControlPlane, repository: Repository) -> None:
        self.control_plane, self.repository = control_plane, repository
        self.api = control_plane.api
        self.folder = control_plane.folder / "argocd"
        self._dist = repository.source / "dist" / repository.cluster / "argocd"
        self.processes: dict[str, Process] = {}

    def start(self) -> None:
        """What bootstrap does before Argo CD can help itself: its CRDs, namespace and settings; then its processes."""
        crds.install(self.api, crds.of_charts(["argo-cd"]))
        for path in sorted(self._dist.glob("Namespace.*")) + sorted(self._dist.glob("ConfigMap.*")):
            self.api.apply(yaml.load(path.read_bytes(), LOADER), manager="argocd-controller")
        self.api.apply(_secret())
        self._redis = self._start_redis()
        self._repo_server = self._start_repo_server(self._redis)
        self._start_controller(self._redis, self._repo_server)

    def start_server(self) -> str:
        """Start Argo CD's own API server, which its CLI talks to, without authentication; its host and port."""
        port, metrics = self.control_plane.ports.take(), self.control_plane.ports.take()
        flags = ["-n", NAMESPACE, "--disable-auth", "--insecure", "--redis", self._redis]
        flags += ["--repo-server", self._repo_server, "--repo-server-plaintext"]
        flags += ["--address", "127.0.0.1", "--port", str(port)]
        flags += ["--metrics-address", "127.0.0.1", "--metrics-port", str(metrics)]
        self._run("argocd-server", self._cluster_env(), *flags)
        return f"127.0.0.1:{port}"

    def begin(self) -> None:
        """Give it the root Application and the project that this is in: the rest it finds in Git."""
        for name in ("AppProject.platform", "Application.root"):
            self.api.apply(yaml.safe_load(self.repository.as_served(self._dist / f"{name}.k8s.yaml")))

    def application(self, name: str) -> Json:
        return self.api.get(Ref(*APPLICATION, name, NAMESPACE))

    def applications(self) -> dict[str, Json]:
        """Every Application by its name."""
        return {app["metadata"]["name"]: app for app in self.api.list(*APPLICATION, namespace=NAMESPACE)}

    def refresh(self, *names: str) -> None:
        """What a Git webhook does: these Applications (all, if none is named) look for a new commit now."""
        for name in names or self.applications():
            body = {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
            try:
                self.api.patch(Ref(*APPLICATION, name, NAMESPACE), body)
            except ApiError as error:
                if error.status != 404:  # it may be on its way out
                    raise

    def states(self) -> dict[str, str]:
        """`Synced Healthy` or what else each Application says of itself."""
        return {name: state(app) for name, app in self.applications().items()}

    def wait_synced(self, seconds: float, *names: str) -> None:
        """Wait until these Applications, or all that Git has, are Synced and Healthy."""
        wanted = set(names) or self.expected()

        def unfinished() -> dict[str, str]:
            self.check()
            states = self.states()
            return {n: states.get(n, "absent") for n in sorted(wanted) if states.get(n) != "Synced Healthy"}

        def done() -> bool:
            if left := unfinished():
                raise NotYetError(left)
            return True

        wait_for("Applications to be Synced and Healthy", done, seconds)

    def expected(self) -> set[str]:
        """Names of the Applications that the working copy's dist/ has."""
        folder = self.repository.source / "dist" / self.repository.cluster / "argocd"
        return {path.name.split(".")[1] for path in folder.glob("Application.*")}

    def _run(self, name: str, env: dict[str, str], *flags: str) -> Process:
        common = {
            "ARGOCD_BINARY_NAME": name,
            "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "HOME": str(self.folder),
            "PATH": f"{self.folder}:/usr/local/bin:/usr/bin:/bin",
        }
        command: list[str | Path] = [tool("argocd"), *flags]
        process = self.processes[name] = Process(name, command, self.folder, self._settings(name) | common | env)
        return process.start()

    def _start_redis(self) -> str:
        self.folder.mkdir(exist_ok=True)
        port = self.control_plane.ports.take()
        flags = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--port", str(port)]
        command: list[str | Path] = [tool("redis-server"), *flags]
        self.processes["redis"] = Process("redis", command, self.folder).start()
        return f"127.0.0.1:{port}"

    def _start_repo_server(self, redis: str) -> str:
        port, metrics = self.control_plane.ports.take(), self.control_plane.ports.take()
        # Called for every revision even with GPG off; its absence reads as "permission denied" (Argo CD 3.5.7).
        wrapper = self.folder / "git-verify-wrapper.sh"
        wrapper.write_text("#!/bin/sh\nexit 0\n")
        wrapper.chmod(0o755)
        (self.folder / "gitconfig").write_text("[safe]\n\tdirectory = *\n")
        env = {"ARGOCD_GPG_ENABLED": "false", "TMPDIR": str(self.folder)}
        for variable in ("ARGOCD_TLS_DATA_PATH", "ARGOCD_SSH_DATA_PATH", "ARGOCD_GNUPGHOME"):
            folder = self.folder / variable.lower()
            folder.mkdir(exist_ok=True)
            env[variable] = str(folder)
        flags = ["--disable-tls", "--client-ca-path", "", "--redis", redis]
        address = ["--address", "127.0.0.1", "--metrics-address", "127.0.0.1"]
        ports = ["--port", str(port), "--metrics-port", str(metrics)]
        self._run("argocd-repo-server", env, *flags, *address, *ports)
        return f"127.0.0.1:{port}"

    def _start_controller(self, redis: str, repo_server: str) -> None:
        # 2 s between waves is for clusters whose controllers are slow to see.
        env = self._cluster_env() | {"ARGOCD_SYNC_WAVE_DELAY": "0"}
        flags = ["-n", NAMESPACE, "--redis", redis, "--repo-server", repo_server, "--repo-server-plaintext"]
        resync = ["--app-resync", str(RESYNC_SECONDS), "--app-resync-jitter", "0"]
        port = str(self.control_plane.ports.take())
        self._run("argocd-application-controller", env, *flags, *resync, "--metrics-port", port)

    def _cluster_env(self) -> dict[str, str]:
        return {"ARGOCD_FAKE_IN_CLUSTER": "true", "KUBECONFIG": str(self.control_plane.kubeconfig)}

    def _settings(self, component: str) -> dict[str, str]:
        """Our argocd-cmd-params-cm as the environment that the published manifests make of it."""
        params = yaml.safe_load((self._dist / "ConfigMap.argocd-cmd-params-cm.k8s.yaml").read_text())["data"]
        found: dict[str, str] = {}
        for manifest in crds.documents(f"argo-cd/{PINS['argo-cd']}/install.yaml"):
            if manifest["kind"] in ("Deployment", "StatefulSet") and manifest["metadata"]["name"] == component:
                for variable in manifest["spec"]["template"]["spec"]["containers"][0]["env"]:
                    source: dict[str, Any] = variable.get("valueFrom", {}).get("configMapKeyRef", {})
                    if source.get("name") == "argocd-cmd-params-cm" and source["key"] in params:
                        found[variable["name"]] = params[source["key"]]
        return found


def state(application: Json) -> str:
    """Sync and health status, such as `Synced Healthy`."""
    status = application.get("status", {})
    sync = status.get("sync", {}).get("status", "Unknown")
    return f"{sync} {status.get('health', {}).get('status', 'Unknown')}"


def _secret() -> Json:
    """argocd-secret, which Argo CD's own server would have made."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "argocd-secret",
            "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/name": "argocd-secret", "app.kubernetes.io/part-of": "argocd"},
        },
        "stringData": {"server.secretkey": secrets.token_hex(32)},
    }
