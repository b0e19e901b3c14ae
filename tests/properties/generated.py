"""Facts that make sense, whatever they are: what people could write in clusters/ and games/, as plain data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from homeground.versions import PINS

Data = dict[str, Any]
Draw = st.DrawFn

TRICKY = ("true", "null", "yes", "n", "on", "inf", "x" * 40, "a-b", "e1", "latest", "homeground")
"""Names that are valid and that something between YAML, Go and Kubernetes could misread."""

names = st.one_of(st.sampled_from(TRICKY), st.from_regex(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True)).filter(
    lambda name: name != "default"
)
texts = st.one_of(
    st.sampled_from(
        ["1e3", "0o17", "012", "yes", "~", "a: b", "- a", "# a", "{", "2024-01-01", " a ", "a\nb\n", "\t", "é🎮"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
)
cpus = st.one_of(st.integers(1, 2), st.sampled_from(["1", "100m", "250m", "1000m", "1500m"]))
variables = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)
hashes = st.sampled_from(["0" * 64, "1" * 63 + "e", "ab" * 32])


@dataclass(frozen=True)
class Written:
    """Everything that people wrote, by the name of its file."""

    clusters: Mapping[str, Data]
    games: Mapping[str, Data]

    def write(self, root: Path) -> Path:
        """As JSON, which is YAML in which nothing can be misread."""
        for folder, files in (("clusters", self.clusters), ("games", self.games)):
            (root / folder).mkdir(parents=True, exist_ok=True)
            for name, data in files.items():
                text = json.dumps(data, indent=1, ensure_ascii=False)
                (root / folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return root


@st.composite
def written(draw: Draw) -> Written:
    """One or two clusters, and up to six games of a few tenants."""
    cluster_names = draw(st.lists(names, min_size=1, max_size=2, unique=True))
    clusters = {name: draw(_cluster(name)) for name in cluster_names}
    tenants = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    game_names = draw(st.lists(names, max_size=6, unique=True))
    return Written(clusters, {name: draw(_game(name, tenants, clusters)) for name in game_names})


@st.composite
def _cluster(draw: Draw, name: str) -> Data:
    sites = draw(_sites())
    clouds = [site["name"] for site in sites if site["kind"] == "cloud"]
    nodes = draw(_nodes(sites))
    isolation = draw(st.sampled_from(["kata", "runc"]))
    cluster: Data = {
        "name": name,
        "kubernetes": PINS["kubernetes"],
        "repository": {"url": "https://git.example/homeground.git", "revision": draw(names)},
        "trusted": isolation == "runc" or draw(st.booleans()),
        "isolation": isolation,
        "matchmaking": draw(st.sampled_from(["open-match", "embedded"])),
        "network": {"pods": "10.244.0.0/16", "services": "10.96.0.0/12"},
        "gamePorts": {"min": 7000, "max": draw(st.sampled_from([7099, 7499]))},
        "sites": sites,
        "links": draw(_links(sites)),
        "nodes": nodes,
    }
    if draw(st.booleans()):
        cluster["reserved"] = {"cpu": draw(cpus), "memory": "2Gi"}
    if draw(st.booleans()):
        cluster["objectStorage"] = {"endpoint": "https://s3.example:9000", "bucket": "game-files"}
    if draw(st.booleans()) and clouds:
        cluster["temporaryNodes"] = draw(_temporary_nodes(clouds))
    if pools := draw(_pools(sites, nodes)):
        cluster["addressPools"] = pools
    if draw(st.booleans()):
        cluster["tenantLimits"] = [{"tenant": draw(names), "gameServers": draw(st.integers(400, 900))}]
    return cluster


@st.composite
def _sites(draw: Draw) -> list[Data]:
    kinds = ["home", *draw(st.lists(st.sampled_from(["home", "cloud"]), max_size=2))]
    site_names = draw(st.lists(names, min_size=len(kinds), max_size=len(kinds), unique=True))
    sites = []
    for index, (name, kind) in enumerate(zip(site_names, kinds, strict=True)):
        networks = [f"192.168.{index}.0/24", f"172.16.{index}.0/26"]
        site: Data = {"name": name, "kind": kind, "networks": networks[: draw(st.integers(1, 2))]}
        if draw(st.booleans()):
            site["mtu"] = draw(st.sampled_from([1400, 1460, 1500, 9000]))
        if draw(st.booleans()):
            site["gamePorts"] = {"min": 8000 + 200 * index, "max": 8199 + 200 * index}
        sites.append(site)
    return sites


@st.composite
def _links(draw: Draw, sites: Sequence[Data]) -> list[Data]:
    links = []
    for one, other in pairwise(sites):
        link: Data = {"between": [one["name"], other["name"]]}
        if draw(st.booleans()):
            link["kind"] = draw(st.sampled_from(["tailscale", "ha-vpn", "lan", "gcp-vpc"]))
        if draw(st.booleans()):
            link["mtu"] = draw(st.sampled_from([1280, 1420]))
        links.append(link)
    return links


@st.composite
def _nodes(draw: Draw, sites: Sequence[Data]) -> list[Data]:
    """An always-on control plane, in a cloud if there is one; runners that hold every fleet; edges."""
    by_kind = sorted(sites, key=lambda site: site["kind"])  # clouds first
    always_on = [by_kind[0] for _ in range(draw(st.integers(1, 2)))]
    runners = [draw(st.sampled_from(sites)) for _ in range(draw(st.integers(1, 3)))]
    homes = [site for site in sites if site["kind"] == "home"]
    edges = [draw(st.sampled_from(homes)) for _ in range(draw(st.integers(0, 2)))]
    places = [(site, "control-plane") for site in always_on]
    places += [(site, "runner") for site in runners] + [(site, "edge") for site in edges]
    node_names = draw(st.lists(names, min_size=len(places), max_size=len(places), unique=True))
    nodes = []
    for index, (name, (site, role)) in enumerate(zip(node_names, places, strict=True)):
        node: Data = {
            "name": name,
            "site": site["name"],
            "roles": [role],
            "hardware": draw(texts),
            "cpu": 8 if role != "runner" else draw(st.integers(64, 256)),
            "memory": "32Gi" if role != "runner" else draw(st.sampled_from(["128Gi", "1Ti"])),
            "disk": "500Gi",
            "address": site["networks"][0].replace(".0/", f".{10 + index}/").partition("/")[0],
        }
        if role == "runner":
            node["publicEndpoint"] = draw(st.sampled_from(["play.example", "203.0.113.7"]))
            if draw(st.booleans()):
                node["redfish"] = {"url": draw(st.sampled_from(["https://bmc.example", "https://192.168.0.240:8443"]))}
        if role == "control-plane":
            node["alwaysOn"] = True
            node["roles"] = ["control-plane"]
            if draw(st.booleans()):
                node |= {"roles": ["control-plane", "runner"], "cpu": 96, "memory": "256Gi"}
            node["publicEndpoint"] = "203.0.113.7"
        nodes.append(node)
    return nodes


@st.composite
def _pools(draw: Draw, sites: Sequence[Data], nodes: Sequence[Data]) -> list[Data]:
    announcers = [node["site"] for node in nodes]
    able = [site for site in sites if site["kind"] == "home" and announcers.count(site["name"]) > 1]
    chosen = [site for site in able if draw(st.booleans())]
    pool_names = draw(st.lists(names, min_size=len(chosen), max_size=len(chosen), unique=True))
    pools = []
    for name, site in zip(pool_names, chosen, strict=True):
        base = site["networks"][-1].rpartition(".")[0]
        addresses = draw(
            st.sampled_from([[f"{base}.48/30"], [f"{base}.40-{base}.47"], [f"{base}.60/32", f"{base}.62/32"]])
        )
        pools.append({"name": name, "site": site["name"], "addresses": addresses})
    return pools


@st.composite
def _temporary_nodes(draw: Draw, clouds: Sequence[str]) -> Data:
    sizes = draw(st.lists(st.sampled_from([8, 16, 32]), min_size=1, max_size=3, unique=True))
    most = draw(st.integers(1, 5))
    budget = draw(st.sampled_from([{}, {"maxMachines": most}, {"maxMachines": most, "quotaCpus": most * max(sizes)}]))
    return {
        **budget,
        "site": draw(st.sampled_from(clouds)),
        "project": "homeground-test",
        "zones": draw(st.sampled_from([["asia-northeast1-b"], ["asia-northeast1-b", "asia-northeast1-a"]])),
        "machineTypes": [{"name": f"n2-standard-{size}", "cpu": size, "memory": f"{4 * size}Gi"} for size in sizes],
        "imageProject": "homeground-test",
        "imageFamily": "k8s-kata-node",
        "network": "homeground",
        "subnetwork": "asia-northeast1",
        "workloadIdentity": "projects/1/locations/global/workloadIdentityPools/test/providers/test",
    }


@st.composite
def _game(draw: Draw, name: str, tenants: Sequence[str], clusters: Mapping[str, Data]) -> Data:
    on = draw(st.one_of(st.none(), st.lists(st.sampled_from(sorted(clusters)), min_size=1, unique=True)))
    where = [clusters[cluster] for cluster in on or clusters]
    fleet = draw(_fleet())
    runners = [{node["site"] for node in cluster["nodes"] if "runner" in node["roles"]} for cluster in where]
    if draw(st.booleans()) and (everywhere := sorted(set.intersection(*runners))):
        fleet["site"] = draw(st.sampled_from(everywhere))
    stored = all("objectStorage" in cluster for cluster in where)
    game: Data = {
        "name": name,
        "tenant": draw(st.sampled_from(tenants)),
        "server": draw(_server()),
        "fleet": fleet,
        "files": draw(_files(stored)),
    }
    game["modes"] = draw(_modes(game["server"]["players"]))
    return game if on is None else {**game, "clusters": on}


@st.composite
def _fleet(draw: Draw) -> Data:
    if draw(st.booleans()):
        return {"replicas": draw(st.integers(0, 4))}
    buffer = draw(st.integers(1, 2))
    return {"autoscale": {"buffer": buffer, "min": draw(st.sampled_from([0, buffer])), "max": draw(st.integers(2, 4))}}


@st.composite
def _server(draw: Draw) -> Data:
    port_names = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    server: Data = {
        "image": f"ghcr.io/example/{draw(st.sampled_from(['a', 'server', 'ue5']))}:1.0@sha256:{draw(hashes)}",
        "players": draw(st.integers(1, 100)),
        "ports": [{"name": name, "containerPort": 7777 + index} for index, name in enumerate(port_names)],
        "cpu": draw(cpus),
        "memory": draw(st.sampled_from(["64Mi", "1024Mi", "1Gi", "2Gi"])),
    }
    if draw(st.booleans()):
        server["env"] = draw(
            st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True), texts, max_size=3)
        )
        server["writable"] = draw(st.lists(st.sampled_from(["/var/log", "/home/ue/Saved", "/y"]), unique=True))
        server["health"] = {"periodSeconds": draw(st.integers(1, 60))}
        server["longestSessionMinutes"] = draw(st.integers(1, 1440))
        server["shutdownSeconds"] = draw(st.integers(0, 3600))
    if draw(st.booleans()):
        server["ports"][0]["protocol"] = "TCP"
    return server


@st.composite
def _files(draw: Draw, stored: bool) -> Data:
    backend = draw(st.sampled_from(["image", "csi-s3", "mountpoint-s3"] if stored else ["image"]))
    if backend == "image":
        return {"backend": backend}
    return {"backend": backend, "revision": draw(hashes), "size": draw(st.sampled_from(["512Mi", "1024Gi"]))}


@st.composite
def _modes(draw: Draw, seats: int) -> list[Data]:
    modes = []
    for name in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        each = draw(st.integers(1, seats))
        mode: Data = {"name": name, "teams": draw(st.integers(1, seats // each)), "playersPerTeam": each}
        if draw(st.booleans()):
            mode["skill"] = {"window": draw(st.sampled_from([0.5, 100])), "widenPerSecond": draw(st.integers(0, 5))}
            mode["minPlayers"] = 1
            mode["backfill"] = True
        modes.append(mode)
    return modes
