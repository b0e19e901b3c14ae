"""An app: one Argo CD Application, one folder of dist/, one chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from homeground.helm_chart import HelmRelease
from homeground.manifest import ManifestChart
from homeground.secret import SecretRef
from homeground.workload import Workload

WAVE = "argocd.argoproj.io/sync-wave"
CONFIRM = {"argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm"}
"""A Namespace takes everything in it along: Argo CD asks before it removes one."""


@dataclass(frozen=True)
class Sync:
    """How Argo CD treats an app's objects."""

    prune: bool = True
    """Off where pruning would cut the branch we sit on (network, argocd); those get no finalizer either."""

    ignore_differences: Sequence[dict[str, Any]] = ()
    compare_options: str = ""


@dataclass(frozen=True)
class AppProps:
    """What an Application needs to know of an app."""

    name: str
    namespace: str
    project: str = "platform"
    releases: Sequence[HelmRelease] = ()
    sources: Sequence[dict[str, Any]] = ()
    """Further sources that are not charts, as in Application.spec.sources."""

    sync: Sync = Sync()
    also_writes_to: Sequence[str] = ()
    """Namespaces besides its own that its charts write to; its project allows them."""

    workloads: Sequence[Workload] = ()
    """What its pods ask for; the survival set's fit check adds them up."""

    secrets: Sequence[SecretRef] = ()


class App(ManifestChart):
    """Base of every module in apps/."""

    def __init__(self, scope: Construct, props: AppProps) -> None:
        super().__init__(scope, props.name, namespace=props.namespace)
        self.props = props
