"""Whom each process of matchmaking may talk to. Nothing goes in or out but what is named."""

from homeground import labels, open_match, valkey
from homeground.manifest import Component, Manifest, ManifestChart
from homeground.matchmaking import FUNCTIONS_PORT, NAMESPACE, PART_OF, PLAYERS_PORT, STATUS_PORT
from homeground.matchmaking.part import Part, parts
from homeground.platform import Platform
from homeground.traffic import Json, api_servers, dns, internet, pods, port
from schemas.players import Players

CORE_NAMESPACE = "open-match"
CALLS = {"frontend": ("frontend",), "director": ("backend", "frontend", "query"), "functions": ("query",), "": ()}
"""By role: which of the core's services it calls."""


class Network(Component):
    """Players come from anywhere, and with them whoever is out there: from the process they reach, little else is."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, platform: Platform, players: Players) -> None:
        super().__init__(scope, id)
        self._policy("default-deny", {}, {"policyTypes": ["Ingress", "Egress"]})
        for part in parts(platform):
            body: Json = {"policyTypes": ["Ingress", "Egress"], "ingress": _ingress(part)}
            self._policy(part.name, {"matchLabels": part.labels}, body | {"egress": _egress(part, platform, players)})

    def _policy(self, name: str, selector: Json, spec: Json) -> None:
        body = {"spec": {"podSelector": selector, **spec}}
        self.emit(Manifest("networking.k8s.io/v1", "NetworkPolicy", name, body, NAMESPACE, labels=PART_OF))


def _ingress(part: Part) -> list[Json]:
    scraping = {"namespaceSelector": {"matchLabels": {labels.PLATFORM: "true"}}}
    rules: list[Json] = [{"from": [scraping], "ports": [port(STATUS_PORT)]}]
    if part.serves_players:
        rules.append({"ports": [port(PLAYERS_PORT)]})
    if part.is_called:
        rules.append({"from": [pods(open_match.PART_OF, CORE_NAMESPACE)], "ports": [port(FUNCTIONS_PORT)]})
    return rules


def _egress(part: Part, platform: Platform, players: Players) -> list[Json]:
    rules = [dns()]
    if called := [service for service in open_match.SERVICES if service.name in CALLS[part.role]]:
        core = pods(open_match.PART_OF, CORE_NAMESPACE)
        rules.append({"to": [core], "ports": [port(service.grpc) for service in called]})
    if part.role in ("frontend", "director"):
        store = pods({"app.kubernetes.io/name": valkey.NAME}, CORE_NAMESPACE)
        rules.append({"to": [store], "ports": [port(valkey.PORT)]})
    if part.account:
        rules.append(api_servers(platform))
    if part.serves_players and players.issuers:
        rules.append(internet(platform))  # the keys of whoever vouches for players
    return rules
