"""Matchmaking: from "play" to a server's address and a token that only works there.

Frontends, director and functions beside Open Match core where the cluster has one, else all in one process. Only on
clusters that say how players reach it (`players`).
"""

from constructs import Construct

from homeground.app import App, AppProps
from homeground.guard import Guards
from homeground.matchmaking import NAMESPACE, deployment
from homeground.matchmaking.access import Access
from homeground.matchmaking.deployment import Matchmaking
from homeground.matchmaking.guards import guards
from homeground.matchmaking.network import Network
from homeground.matchmaking.part import parts
from homeground.namespace import Namespace
from homeground.platform import Platform
from homeground.secret import SealedSecret
from schemas.players import Players


class MatchmakingApp(App):
    """Guards first, then what they guard against."""

    def __init__(self, scope: Construct, platform: Platform, players: Players) -> None:
        secrets = deployment.secrets(platform, players)
        super().__init__(
            scope,
            AppProps(
                name="matchmaking",
                namespace=NAMESPACE,
                workloads=[part.workload for part in parts(platform)],
                secrets=secrets,
            ),
        )
        Namespace(self, "namespace", name=NAMESPACE, enforce="restricted")
        Guards(self, "guards", guards())
        Access(self, "access")
        Network(self, "network", platform=platform, players=players)
        Matchmaking(self, "matchmaking", platform=platform, players=players)
        for secret in secrets:
            SealedSecret(self, secret.name, ref=secret, platform=platform)
