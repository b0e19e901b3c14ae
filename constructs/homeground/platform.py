"""One cluster with the games that run on it, and what follows from its facts."""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_network

from homeground import labels
from homeground.facts import Facts, Loaded, LoadedCluster
from homeground.source import Source
from schemas.cluster import LINK_MTU, Cluster, Node, Site
from schemas.facts import PortRange
from schemas.game import Game

VXLAN_HEADER = 50
"""Bytes that VXLAN adds to every packet between nodes."""


@dataclass(frozen=True)
class Platform:
    """A cluster, its games, and where each was written."""

    loaded: LoadedCluster
    loaded_games: tuple[Loaded[Game], ...]

    @classmethod
    def of(cls, facts: Facts, cluster: LoadedCluster) -> "Platform":
        """The cluster with the games that name it, or that name no cluster."""
        name = cluster.value.name
        games = (g for g in facts.games if g.value.clusters is None or name in g.value.clusters)
        return cls(cluster, tuple(games))

    @property
    def cluster(self) -> Cluster:
        return self.loaded.value

    @property
    def source(self) -> Source:
        return self.loaded.source

    @cached_property
    def games(self) -> tuple[Game, ...]:
        return tuple(game.value for game in self.loaded_games)

    @cached_property
    def tenants(self) -> tuple[str, ...]:
        return tuple(sorted({game.tenant for game in self.games}))

    @cached_property
    def sites(self) -> dict[str, Site]:
        return {site.name: site for site in self.cluster.sites}

    @cached_property
    def mtu(self) -> int:
        """Pod network MTU: the smallest packet any pair of nodes can exchange, less VXLAN's header.

        Felix' own detection does not know tailscale0, so it is always set (facts: Calico mtuIfacePattern).
        """
        sites = [site.mtu for site in self.cluster.sites]
        links = [link.mtu or LINK_MTU[link.kind] for link in self.cluster.links]
        return min(sites + links) - VXLAN_HEADER

    @cached_property
    def runners(self) -> tuple[Node, ...]:
        return tuple(node for node in self.cluster.nodes if "runner" in node.roles)

    @cached_property
    def always_on(self) -> tuple[Node, ...]:
        return tuple(node for node in self.cluster.nodes if node.always_on)

    @property
    def replicas(self) -> int:
        """Two of everything that can be two, where there is a second always-on node to run it on."""
        return min(2, len(self.always_on))

    @cached_property
    def api_servers(self) -> list[str]:
        """Addresses of the control-plane nodes, as CIDRs."""
        nodes = [node for node in self.cluster.nodes if "control-plane" in node.roles]
        return [str(ip_network(node.address)) for node in nodes]

    @cached_property
    def networks(self) -> list[str]:
        """Every network of the cluster's own: sites, pods, services."""
        own = [self.cluster.network.pods, self.cluster.network.services]
        return [*(network for site in self.cluster.sites for network in site.networks), *own]

    @cached_property
    def announcers(self) -> tuple[Node, ...]:
        """Nodes that can answer ARP: every one at a home site. A cloud network emulates ARP."""
        return tuple(n for n in self.cluster.nodes if (s := self.sites.get(n.site)) and s.kind == "home")

    @cached_property
    def port_ranges(self) -> dict[str, PortRange]:
        """Agones' named port ranges: `default`, and one per site that has its own."""
        sites = {site.name: site.game_ports for site in self.cluster.sites if site.game_ports}
        return {"default": self.cluster.game_ports, **sites}

    def site_of(self, game: Game) -> str | None:
        """The site of a game's servers where placement knows it: pinned, or the only one there can be."""
        if game.fleet.site:
            return game.fleet.site
        possible = {node.site for node in self.runners}
        if self.cluster.temporary_nodes:
            possible.add(self.cluster.temporary_nodes.site)
        return possible.pop() if len(possible) == 1 else None

    def preferred_site(self, game: Game) -> str | None:
        """Home, for a fleet that may run anywhere; a pinned fleet or a single site leaves nothing to prefer."""
        if self.site_of(game):
            return None
        playing = {node.site for node in self.runners}
        return next((s.name for s in self.cluster.sites if s.kind == "home" and s.name in playing), None)

    def port_range_of(self, game: Game) -> str:
        """A fleet pinned to a site uses that site's range, so several nodes can share one public address."""
        site = game.fleet.site
        return site if site and self.sites[site].game_ports else "default"

    def games_of(self, tenant: str) -> tuple[Game, ...]:
        return tuple(game for game in self.games if game.tenant == tenant)

    def games_with(self, backend: str) -> tuple[Game, ...]:
        return tuple(game for game in self.games if game.files.backend == backend)

    def node_labels(self, node: Node) -> dict[str, str]:
        """Labels that the node's kubelet registers itself with."""
        registered = {labels.SITE: node.site}
        if "runner" in node.roles:
            registered[labels.RUNNER] = "true"
        if node.always_on:
            registered[labels.ALWAYS_ON] = "true"
        return registered
