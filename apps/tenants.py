"""What the platform owns of each tenant: one app a tenant, so that none can hold up another's commit."""

from constructs import Construct

from homeground import labels
from homeground.app import App, AppProps
from homeground.game_files import FilesVolume
from homeground.platform import Platform
from homeground.quota import quota_of
from homeground.tenant import Tenant


class TenantApp(App):
    """Namespace, quota, limits, network policies, the SDK's account and the volumes of game files."""

    def __init__(self, scope: Construct, platform: Platform, tenant: str) -> None:
        namespace = labels.tenant_namespace(tenant)
        super().__init__(scope, AppProps(name=f"tenant-{tenant}", namespace=namespace))
        games = platform.games_of(tenant)
        Tenant(
            self,
            "tenant",
            name=tenant,
            quota=quota_of(platform, tenant),
            server_ports=[(port.protocol, port.container_port) for game in games for port in game.server.ports],
            matched=platform.cluster.players is not None,
        )
        storage = platform.cluster.object_storage
        for game in games:
            if storage and game.files.mounted:
                FilesVolume(self, f"{game.name}-files", game=game, storage=storage)
