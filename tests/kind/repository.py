"""The desk's cluster as a machine with docker can run it, in a Git repository for Argo CD.

`python -m tests.kind.repository FOLDER --control-plane ADDRESS --worker ADDRESS --network CIDR --image IMAGE --url URL`
writes clusters/, games/ and, by the program itself, dist/ below FOLDER, and commits dist/ to FOLDER/served, which
must become reachable at URL.
"""

import argparse
import shutil
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import yaml

from tests.program import ROOT, run

CLUSTER, GAME = "local", "skirmish"
CONTROL_PLANE, WORKER = "homeground-control-plane", "homeground-worker"
"""Nodes as kind names those of a cluster `homeground`."""

GAME_PORT = 7654
"""Where the simple-game-server of Agones' examples listens. It answers `X` with `ACK: X`."""

BRANCH = "main"
IDENTITY = ("-c", "user.name=Homeground", "-c", "user.email=tests@homeground.dev")
Json = dict[str, Any]


def cluster_facts(control_plane: str, worker: str, network: str) -> Json:
    """clusters/local.yaml, but for the machine, and with addresses for LoadBalancer Services to try MetalLB on.

    They are the last ones of docker's network, which it gives to nobody before all others are taken. A pool wants
    two nodes that announce it, so there is a second.
    """
    facts: Json = yaml.safe_load((ROOT / "clusters" / f"{CLUSTER}.yaml").read_text())
    (site,), (desk,) = facts["sites"], facts["nodes"]
    site["networks"] = [network]
    container = {"hardware": "a container", "cpu": 4, "memory": "15Gi", "disk": "50Gi"}
    desk |= {"name": CONTROL_PLANE, "address": control_plane, "publicEndpoint": control_plane, **container}
    edge = {"name": WORKER, "site": site["name"], "roles": ["edge"], "address": worker, **container}
    facts["nodes"] = [desk, edge]
    last = ip_network(network).broadcast_address
    facts["addressPools"] = [{"name": "docker", "site": site["name"], "addresses": [f"{last - 9}-{last - 1}"]}]
    return facts


def game_facts(image: str) -> Json:
    """games/skirmish.yaml with a server that everybody can pull; `image` has a digest."""
    facts: Json = yaml.safe_load((ROOT / "games" / f"{GAME}.yaml").read_text())
    port = {"name": "game", "containerPort": GAME_PORT, "protocol": "UDP"}
    facts["server"] |= {"image": image, "ports": [port], "cpu": "100m", "memory": "128Mi"}
    return facts


def write(folder: Path, cluster: Json, game: Json) -> None:
    """clusters/, games/ and dist/. Raises AssertionError with the program's output if it refuses the facts."""
    for path, facts in (
        (folder / "clusters" / f"{CLUSTER}.yaml", cluster),
        (folder / "games" / f"{GAME}.yaml", game),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(facts, sort_keys=False))
    done = run(folder)
    assert done.returncode == 0, done.stderr


def commit(folder: Path, url: str) -> Path:
    """dist/ as a commit of FOLDER/served, with `url` where the facts' repository stands: its address here."""
    served = folder / "served"
    ours = yaml.safe_load((folder / "clusters" / f"{CLUSTER}.yaml").read_text())["repository"]["url"]
    shutil.copytree(folder / "dist", served / "dist", dirs_exist_ok=True)
    for path in (served / "dist" / CLUSTER / "argocd").glob("App*"):
        path.write_text(path.read_text().replace(ours, url))
    for arguments in (
        ["init", "--quiet", f"--initial-branch={BRANCH}"],
        ["add", "--all"],
        [*IDENTITY, "commit", "--quiet", "--message=As synthesized"],
    ):
        subprocess.run(["git", *arguments], cwd=served, check=True)
    return served


def main(arguments: list[str]) -> None:
    """See the top of this file."""
    parser = argparse.ArgumentParser(description="The desk's cluster for a machine with docker, in a Git repository.")
    parser.add_argument("folder", type=Path)
    for name, what in (
        ("control-plane", "the node's address"),
        ("worker", "the other node's address"),
        ("network", "docker's, a CIDR"),
        ("image", "of the game server, with a digest"),
        ("url", "where Argo CD clones"),
    ):
        parser.add_argument(f"--{name}", required=True, help=what)
    given = parser.parse_args(arguments)
    write(given.folder, cluster_facts(given.control_plane, given.worker, given.network), game_facts(given.image))
    sys.stdout.write(f"{commit(given.folder, given.url)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
