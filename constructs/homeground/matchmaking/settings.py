"""Matchmaking's settings, as far as they follow from facts; for the rest its own defaults hold.

A contract test reads them as matchmaking does (matchmaking.settings).
"""

from ipaddress import ip_network
from typing import Any

from homeground import labels, open_match, valkey
from homeground.matchmaking import FUNCTIONS_PORT, NAMESPACE
from homeground.platform import Platform
from schemas.game import Game, Mode
from schemas.players import Issuer, Players

KEYS_FOLDER = "/var/run/secrets/homeground.dev/matchmaking"
TLS_FOLDER = "/var/run/secrets/homeground.dev/matchmaking-tls"
CORE = "open-match.svc.cluster.local"
DATABASE = 1
"""Of the Valkey; Open Match has 0."""

Json = dict[str, Any]


def settings(platform: Platform, players: Players) -> Json:
    """The whole file."""
    whole: Json = {
        "cluster": platform.cluster.name,
        "modes": [_mode(game, mode) for game in platform.games for mode in game.modes],
        "sites": [{"name": site.name, "kind": site.kind} for site in platform.cluster.sites],
        "endpoints": {node.name: _endpoint(node.public_endpoint) for node in platform.runners if node.public_endpoint},
        "nodeFailovers": platform.cluster.temporary_nodes is not None,
        "tokens": {"issuer": players.url, "keys": "" if embedded(platform) else KEYS_FOLDER},
        "players": {"guests": players.guests, "issuers": [_issuer(each) for each in players.issuers]},
        "relays": relays(platform),
    }
    return whole if embedded(platform) else whole | _open_match()


def embedded(platform: Platform) -> bool:
    return platform.cluster.matchmaking == "embedded"


def relays(platform: Platform) -> list[str]:
    """Nodes hand a Service's traffic on in their own name, or in that of their end of the pod network."""
    nodes = [str(ip_network(node.address)) for node in platform.cluster.nodes]
    return [*nodes, platform.cluster.network.pods]


def _open_match() -> Json:
    ports = {service.name: f"{service.host}.{CORE}:{service.grpc}" for service in open_match.SERVICES}
    return {
        "openMatch": {
            **{name: ports[name] for name in ("frontend", "backend", "query")},
            "functionHost": f"functions.{NAMESPACE}.svc.cluster.local",
            "functionPort": FUNCTIONS_PORT,
        },
        "store": f"valkey://{valkey.NAME}.{CORE}:{valkey.PORT}/{DATABASE}",
    }


def _mode(game: Game, mode: Mode) -> Json:
    made: Json = {
        "game": game.name,
        "name": mode.name,
        "namespace": labels.tenant_namespace(game.tenant),
        "port": game.server.ports[0].name,
        "teams": mode.teams,
        "playersPerTeam": mode.players_per_team,
        "minPlayers": mode.min_players or mode.teams * mode.players_per_team,
        "fewerAfterSeconds": mode.fewer_after_seconds,
        "connectWindowSeconds": mode.connect_window_seconds,
        "longestSessionSeconds": game.server.longest_session_minutes * 60,
        "backfill": mode.backfill,
    }
    if mode.skill:
        made["skill"] = {"window": mode.skill.window, "widenPerSecond": mode.skill.widen_per_second}
    if mode.latency:
        made["latency"] = {"limit": mode.latency.limit, "widenPerSecond": mode.latency.widen_per_second}
    return made


def _endpoint(host: str) -> Json:
    return {"ipv6": host} if ":" in host else {"ipv4": host}


def _issuer(issuer: Issuer) -> Json:
    made: Json = {"issuer": issuer.issuer, "audiences": issuer.audiences, "algorithms": [issuer.algorithm]}
    return made | ({"jwksUri": issuer.jwks_uri} if issuer.jwks_uri else {})
