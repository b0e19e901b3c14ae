"""A real control plane: etcd, kube-apiserver, kube-controller-manager and kube-scheduler as processes on loopback."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.api import Api
from tests.cluster.authority import Authority
from tests.cluster.ports import Ports
from tests.cluster.process import Process, Processes
from tests.cluster.tools import tool
from tests.cluster.wait import wait_for

START_SECONDS = 60  # measured: 4-6 s alone; another build beside it must not fail a test
# 10.0.2.2 is this host's loopback as a guest of qemu's user-mode network sees it.
HOSTS = ("127.0.0.1", "localhost", "10.0.2.2", "kubernetes.default.svc")


class ControlPlane(Processes):
    """A context manager; inside it `api` is an administrator's (group system:masters).

    `folder` takes its state and logs. The flags are added to those of one component each, and win over ours.
    """

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        *,
        controller_manager_flags: Sequence[str] = (),
        api_server_flags: Sequence[str] = (),
        cluster_cidr: str = "10.244.0.0/16",
        service_network: str = "10.96.0.0/12",
    ) -> None:
        self.folder, self.ports = folder, ports
        self.authority = Authority(folder / "pki")
        self.ca = self.authority.ca
        self.port = ports.take()
        self.url = f"https://127.0.0.1:{self.port}"
        self.kubeconfig = self._kubeconfig("admin", "kubernetes-admin", ["system:masters"])
        self.api = Api(self.url, self.ca, self.authority.client("kubernetes-admin", ["system:masters"]))
        self._cluster_cidr, self._service_network = cluster_cidr, service_network
        self._flags = {"api": list(api_server_flags), "controllers": list(controller_manager_flags)}
        self.processes: dict[str, Process] = {}

    def start(self) -> None:
        """Start all four, and wait until the API server serves and the controllers have made what all else needs."""
        service_account_keys = self.authority.service_account_keys()
        etcd = self._start_etcd()
        self._start_api_server(etcd, service_account_keys)
        wait_for("the API server", self._ready, START_SECONDS, interval=0.05)
        # After it: the controllers give up on an API server that takes longer than 10 s.
        self._start_controller_manager(service_account_keys[0])
        self._start_scheduler()
        wait_for("the service account controller", self._has_default_account, START_SECONDS, interval=0.05)

    def stop(self) -> None:
        """End all of it, at once."""
        super().stop()
        self.api.close()

    def _ready(self) -> bool:
        self.check()
        return self.api.read("GET", "/readyz") == b"ok"

    def _has_default_account(self) -> bool:
        self.check()
        path = "/api/v1/namespaces/default/serviceaccounts/default"
        return bool(self.api.call("GET", path))

    def _run(self, name: str, *flags: str | Path) -> Process:
        process = self.processes[name] = Process(name, [tool(name), *flags], self.folder)
        return process.start()

    def _start_etcd(self) -> str:
        client, peer = (f"http://127.0.0.1:{self.ports.take()}" for _ in range(2))
        self._run(
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            "--unsafe-no-fsync",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        )
        return client

    def _start_api_server(self, etcd: str, service_account_keys: tuple[Path, Path]) -> None:
        certificate, key = self.authority.server("kube-apiserver", HOSTS)
        kubelet_certificate, kubelet_key = self.authority.client("kube-apiserver-kubelet-client", ["system:masters"])
        proxy_certificate, proxy_key = self.authority.client("front-proxy-client")
        private, public = service_account_keys
        self._run(
            "kube-apiserver",
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",  # loopback is no valid address of the Service `kubernetes`
            f"--secure-port={self.port}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            f"--client-ca-file={self.ca}",
            f"--kubelet-client-certificate={kubelet_certificate}",
            f"--kubelet-client-key={kubelet_key}",
            f"--service-account-key-file={public}",
            f"--service-account-signing-key-file={private}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-cluster-ip-range={self._service_network}",
            "--authorization-mode=Node,RBAC",
            "--allow-privileged=true",
            "--enable-bootstrap-token-auth=true",
            "--enable-admission-plugins=NodeRestriction",
            f"--requestheader-client-ca-file={self.ca}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            f"--proxy-client-cert-file={proxy_certificate}",
            f"--proxy-client-key-file={proxy_key}",
            *self._flags["api"],
        )

    def _start_controller_manager(self, service_account_key: Path) -> None:
        kubeconfig = self._kubeconfig("controller-manager", "system:kube-controller-manager")
        self._run(
            "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.ports.take()}",
            f"--cert-dir={self.folder / 'controller-manager'}",
            "--use-service-account-credentials",
            f"--root-ca-file={self.ca}",
            f"--service-account-private-key-file={service_account_key}",
            f"--cluster-signing-cert-file={self.ca}",
            f"--cluster-signing-key-file={self.authority.ca_key}",
            f"--cluster-cidr={self._cluster_cidr}",
            "--allocate-node-cidrs=true",
            "--leader-elect=false",
            "--controllers=*,bootstrapsigner,tokencleaner",
            *self._flags["controllers"],
        )

    def _start_scheduler(self) -> None:
        kubeconfig = self._kubeconfig("scheduler", "system:kube-scheduler")
        self._run(
            "kube-scheduler",
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.ports.take()}",
            f"--cert-dir={self.folder / 'scheduler'}",
            "--leader-elect=false",
        )

    def _kubeconfig(self, name: str, user: str, groups: Sequence[str] = ()) -> Path:
        certificate, key = self.authority.client(user, groups)
        return write_kubeconfig(
            self.folder / f"{name}.kubeconfig",
            self.url,
            self.ca,
            {"client-certificate": str(certificate), "client-key": str(key)},
        )


def write_kubeconfig(path: Path, url: str, ca: Path, user: dict[str, Any]) -> Path:
    """A kubeconfig file with one cluster and one user, given as kubeconfig's own `user` fields."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "homeground", "cluster": {"server": url, "certificate-authority": str(ca)}}],
        "users": [{"name": path.stem, "user": user}],
        "contexts": [{"name": "homeground", "context": {"cluster": "homeground", "user": path.stem}}],
        "current-context": "homeground",
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config))
    return path
