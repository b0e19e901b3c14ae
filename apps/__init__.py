"""The apps of a cluster, one module each. To add a component: write its module, add it to `build`."""

from collections.abc import Iterator
from typing import Any

from constructs import Construct

from apps.agones import Agones
from apps.argocd import ArgoCd
from apps.certificates import Certificates
from apps.failover import Failover
from apps.games import Games
from apps.kata import Kata
from apps.loadbalancer import LoadBalancer
from apps.matchmaking import MatchmakingApp
from apps.network import Network
from apps.open_match import OpenMatchApp
from apps.policy import Policy
from apps.secrets import Secrets
from apps.storage import Storage
from apps.tenants import TenantApp
from homeground.app import App
from homeground.platform import Platform


def build(scope: Construct, platform: Platform) -> dict[App, list[dict[str, Any]]]:
    """Every app of the cluster with the manifests it renders."""
    rendered = {app: app.to_json() for app in _components(scope, platform)}
    by_name = {app.props.name: manifests for app, manifests in rendered.items()}
    argocd = ArgoCd(scope, platform, list(rendered), by_name)
    return {argocd: argocd.to_json(), **rendered}


def _components(scope: Construct, platform: Platform) -> Iterator[App]:
    yield Network(scope, platform)
    yield Kata(scope, platform)
    if any(game.files.mounted for game in platform.games):
        yield Storage(scope, platform)
    if platform.cluster.address_pools:
        yield LoadBalancer(scope, platform)
    yield Certificates(scope, platform)
    yield Secrets(scope, platform)
    yield Agones(scope, platform)
    yield Policy(scope, platform)
    if platform.cluster.temporary_nodes:
        yield Failover(scope, platform, platform.cluster.temporary_nodes)
    if platform.cluster.matchmaking == "open-match":
        yield OpenMatchApp(scope, platform)
    if platform.cluster.players:
        yield MatchmakingApp(scope, platform, platform.cluster.players)
    for tenant in platform.tenants:
        yield TenantApp(scope, platform, tenant)
        yield Games(scope, platform, tenant)
