"""A tenant's fleets. No waves, hooks or PruneLast here: with anything after a Fleet, a size that can't fit
stays "waiting for healthy", and even its revert is not applied."""

from constructs import Construct

from homeground import labels
from homeground.app import App, AppProps
from homeground.fleet import Fleet
from homeground.game_files import FilesClaim
from homeground.platform import Platform
from homeground.quota import headroom


class Games(App):
    """Fleet, FleetAutoscaler and PersistentVolumeClaim of each game: the kinds its project allows."""

    def __init__(self, scope: Construct, platform: Platform, tenant: str) -> None:
        namespace = labels.tenant_namespace(tenant)
        name = f"games-{tenant}"
        super().__init__(scope, AppProps(name=name, namespace=namespace, project=name))
        for game in platform.games_of(tenant):
            Fleet(
                self,
                game.name,
                game=game,
                namespace=namespace,
                site=platform.site_of(game),
                prefer_site=platform.preferred_site(game),
                port_range=platform.port_range_of(game),
                headroom=headroom(platform, game),
            )
            if game.files.mounted:
                FilesClaim(self, f"{game.name}-files", game=game, namespace=namespace)
