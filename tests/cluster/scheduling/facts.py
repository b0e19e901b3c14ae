"""Clusters to schedule on: the two that are committed, and one with several runners at two sites and few ports."""

import shutil
from pathlib import Path
from typing import Any

import homeground  # noqa: F401 - before cdk8s: it names the Node that cdk8s starts

# isort: split

import cdk8s
import yaml
from constructs import Construct

from apps import build
from homeground.facts import load
from homeground.platform import Platform
from homeground.seams import Synthesis
from tests.program import FACTS, ROOT

COMMITTED = ("hybrid", "local")
WIDE = "wide"


def synthesis(name: str, folder: Path) -> Synthesis:
    """A cluster's manifests and workloads, as main.py has them before it writes. `folder` is for facts of our own."""
    if name == WIDE:
        _write_wide(folder)
    facts = load(folder if name == WIDE else ROOT)
    platform = Platform.of(facts, next(cluster for cluster in facts.clusters if cluster.value.name == name))
    scope = Construct(cdk8s.App(outdir=str(folder / "unused")), name)
    return Synthesis(platform, build(scope, platform))


def _write_wide(folder: Path) -> None:
    """Two more runners, one in the cloud, where a game with two ports has room for three servers' ports."""
    (folder / "clusters").mkdir()
    (folder / "games").mkdir()
    shutil.copy(FACTS / "games" / "skirmish.yaml", folder / "games")
    game: dict[str, Any] = yaml.safe_load((FACTS / "games" / "skirmish.yaml").read_text())
    ports = [{"name": "game", "containerPort": 7777}, {"name": "query", "containerPort": 7778}]
    game |= {"name": "pinned", "fleet": {"replicas": 2, "site": "cloud"}}
    game["server"] |= {"ports": ports}
    (folder / "games" / "pinned.yaml").write_text(yaml.safe_dump(game))
    cluster: dict[str, Any] = yaml.safe_load((FACTS / "clusters" / "hybrid.yaml").read_text())
    cluster["name"] = WIDE
    cluster["nodes"] += [
        _runner("second", "home", 8, "24Gi", "10.240.0.41"),
        _runner("away", "cloud", 16, "8Gi", "10.10.0.24"),
    ]
    for site in cluster["sites"]:
        if site["name"] == "cloud":
            site["gamePorts"] = {"min": 7750, "max": 7755}
    (folder / "clusters" / f"{WIDE}.yaml").write_text(yaml.safe_dump(cluster))


def _runner(name: str, site: str, cpu: int, memory: str, address: str) -> dict[str, Any]:
    size = {"cpu": cpu, "memory": memory, "disk": "100Gi"}
    return {"name": name, "site": site, "roles": ["runner"], "hardware": "a machine", "address": address, **size}
