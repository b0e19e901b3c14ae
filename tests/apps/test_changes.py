"""What a change of the facts changes in dist/, and what it leaves alone."""

from collections.abc import Callable
from difflib import unified_diff
from typing import Any

import pytest
import yaml

Changed = Callable[[], dict[str, str]]
ARGOCD = "hybrid/argocd"
NEW_GAME = """
name: relay
tenant: acme
clusters: [hybrid]
server:
  image: registry.example/relay:1.0.0
  players: 4
  ports: [{name: game, containerPort: 7777}]
  cpu: 1
  memory: 1Gi
fleet: {replicas: 1}
modes: [{name: relay, teams: 2, playersPerTeam: 2}]
"""


def test_the_same_facts_make_the_same_bytes(changed: Changed) -> None:
    assert changed() == {}


def test_one_more_server_changes_one_line_of_one_file(facts: Any, changed: Changed, before: dict[str, str]) -> None:
    facts.replace("games/domination.yaml", "replicas: 3", "replicas: 4")
    fleet = "hybrid/games-mizuame/Fleet.domination.k8s.yaml"
    assert changed() == {fleet: "changed"}
    difference = unified_diff(before[fleet].splitlines(), facts.rendered()[fleet].splitlines(), n=0, lineterm="")
    lines = [line for line in difference if not line.startswith(("---", "+++", "@@"))]
    assert lines == ["-  replicas: 3", "+  replicas: 4"]


def test_more_servers_than_the_quotas_block_change_the_quota_too(
    facts: Any, changed: Changed, before: dict[str, str]
) -> None:
    facts.replace("games/domination.yaml", "replicas: 3", "replicas: 8")
    quota = "hybrid/tenant-mizuame/ResourceQuota.tenant.k8s.yaml"
    assert changed() == {"hybrid/games-mizuame/Fleet.domination.k8s.yaml": "changed", quota: "changed"}
    old, new = (yaml.safe_load(text)["spec"]["hard"]["pods"] for text in (before[quota], facts.rendered()[quota]))
    assert int(new) == 2 * int(old)


def test_a_new_revision_replaces_volume_claim_and_what_the_fleet_mounts(facts: Any, changed: Changed) -> None:
    facts.replace("games/domination.yaml", "revision: 8c2b1f0d5e7a", "revision: 000000000000")
    volume, claim = (
        "hybrid/tenant-mizuame/PersistentVolume.games-mizuame-",
        "hybrid/games-mizuame/PersistentVolumeClaim.",
    )
    assert changed() == {
        f"{volume}domination-files-8c2b1f0d5e7a.k8s.yaml": "gone",
        f"{volume}domination-files-000000000000.k8s.yaml": "new",
        f"{claim}domination-files-8c2b1f0d5e7a.k8s.yaml": "gone",
        f"{claim}domination-files-000000000000.k8s.yaml": "new",
        "hybrid/games-mizuame/Fleet.domination.k8s.yaml": "changed",
    }


MODES = [
    "hybrid/matchmaking/ConfigMap.matchmaking.k8s.yaml",
    *(f"hybrid/matchmaking/Deployment.{role}.k8s.yaml" for role in ("director", "frontend", "functions")),
]
"""What a new mode changes: matchmaking's settings, and with them its pods."""


def test_a_game_of_a_new_tenant_adds_its_two_apps_and_touches_no_other(facts: Any, changed: Changed) -> None:
    facts.write("games/relay.yaml", NEW_GAME)
    found = changed()
    added = {path for path, state in found.items() if state == "new"}
    apps = {path for path in added if path.startswith(("hybrid/tenant-acme/", "hybrid/games-acme/"))}
    assert added - apps == {
        f"{ARGOCD}/AppProject.games-acme.k8s.yaml",
        f"{ARGOCD}/Application.games-acme.k8s.yaml",
        f"{ARGOCD}/Application.tenant-acme.k8s.yaml",
    }
    assert {path for path in apps if "/games-acme/" in path} == {"hybrid/games-acme/Fleet.relay.k8s.yaml"}
    assert len(apps) == 1 + 8 + 2
    assert {path: state for path, state in found.items() if state != "new"} == {
        f"{ARGOCD}/ConfigMap.argocd-rbac-cm.k8s.yaml": "changed",
        **dict.fromkeys(MODES, "changed"),
    }


def test_a_second_game_of_a_tenant_stays_within_that_tenants_apps(facts: Any, changed: Changed) -> None:
    facts.write("games/relay.yaml", NEW_GAME.replace("tenant: acme", "tenant: mizuame"))
    assert changed() == {
        "hybrid/games-mizuame/Fleet.relay.k8s.yaml": "new",
        "hybrid/tenant-mizuame/ResourceQuota.tenant.k8s.yaml": "changed",
        **dict.fromkeys(MODES, "changed"),
    }


def test_taking_a_game_away_takes_its_apps_away(facts: Any, changed: Changed) -> None:
    (facts.folder / "games" / "domination.yaml").unlink()
    found = changed()
    apps = ("hybrid/games-mizuame/", "hybrid/tenant-mizuame/", "hybrid/storage/")
    assert {path for path, state in found.items() if state == "gone"} >= {
        f"{ARGOCD}/Application.{app.split('/')[1]}.k8s.yaml" for app in apps
    }
    assert {path for path, state in found.items() if state == "changed"} == {
        f"{ARGOCD}/AppProject.platform.k8s.yaml",
        f"{ARGOCD}/ConfigMap.argocd-rbac-cm.k8s.yaml",
        *(
            f"hybrid/failover/{kind}.failover.k8s.yaml" for kind in ("ConfigMap", "Deployment")
        ),  # its matches last longest
        *MODES,
    }
    assert not [path for path in facts.rendered() if path.startswith(apps)]


@pytest.mark.parametrize(("old", "new"), [("kind: tailscale", "kind: ha-vpn"), ("mtu: 1460", "mtu: 1200")])
def test_another_link_changes_the_mtu_and_nothing_else(facts: Any, changed: Changed, old: str, new: str) -> None:
    facts.replace("clusters/hybrid.yaml", old, new)
    assert changed() == {"hybrid/network/Installation.default.k8s.yaml": "changed"}
