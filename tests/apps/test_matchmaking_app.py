"""Matchmaking's app: what it is made of, and that matchmaking reads what is rendered for it."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from homeground import labels
from homeground.image import names_a_version
from homeground.matchmaking import CLUSTER_ROLES, NAMESPACE, PLAYERS_PORT
from homeground.matchmaking.access import EVERYWHERE, IN_TENANTS
from homeground.open_match import Evaluator
from homeground.versions import PINS
from kubeclient.resources import GAME_SERVERS, NODE_FAILOVERS, NODES
from matchmaking import settings, words
from matchmaking.__main__ import parser
from matchmaking.director.allocation import GAME_SERVER_ALLOCATIONS

ROOT = Path(__file__).parents[2]
WAVE = "argocd.argoproj.io/sync-wave"
APP = "matchmaking"


def of_kind(cluster: Any, kind: str) -> dict[str, Any]:
    return {each["metadata"]["name"]: each for each in cluster.apps[APP] if each["kind"] == kind}


def pods(cluster: Any) -> dict[str, Any]:
    return {name: each["spec"]["template"]["spec"] for name, each in of_kind(cluster, "Deployment").items()}


def loaded(cluster: Any, folder: Path) -> settings.Settings:
    file = folder / "settings.yaml"
    file.write_text(of_kind(cluster, "ConfigMap")[APP]["data"]["settings.yaml"])
    return settings.load(file)


def test_matchmaking_reads_its_settings(hybrid: Any, tmp_path: Path) -> None:
    found = loaded(hybrid, tmp_path)
    assert [mode.id for mode in found.modes] == ["domination/domination", "skirmish/duel", "skirmish/squads"]
    squads = found.mode("skirmish/squads")
    assert squads is not None
    assert (squads.namespace, squads.port, squads.seats, squads.min_players) == ("games-lantern", "game", 8, 4)
    assert (squads.backfill, squads.longest_session_seconds) == (True, 45 * 60)
    assert found.endpoints == {"uc-k8s4p": settings.Endpoint(ipv4="163.220.236.54")}
    assert found.node_failovers
    assert (found.tokens.issuer, found.players.guests) == ("https://play.homeground.example", False)
    assert [each.issuer for each in found.players.issuers] == ["https://login.homeground.example"]


def test_a_desk_has_it_in_one_process_with_nothing_to_seal(local: Any, tmp_path: Path) -> None:
    found = loaded(local, tmp_path)
    assert (found.open_match, found.store, found.tokens.keys, found.players.guests) == (None, "", "", True)
    assert not found.node_failovers
    (deployment,) = of_kind(local, "Deployment").values()
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert not [volume for volume in pods(local)[APP]["volumes"] if "secret" in volume]


def test_the_core_and_matchmaking_name_each_other_where_they_are(hybrid: Any, tmp_path: Path) -> None:
    named = loaded(hybrid, tmp_path).open_match
    assert named is not None
    services = {each["metadata"]["name"]: each for each in hybrid.apps["open-match"] if each["kind"] == "Service"}
    for address in (named.frontend, named.backend, named.query):
        host, _, port = address.rpartition(":")
        service, namespace, *_ = host.split(".")
        assert namespace == "open-match"
        assert int(port) in {each["port"] for each in services[service]["spec"]["ports"]}
    functions = of_kind(hybrid, "Service")["functions"]
    assert [each["port"] for each in functions["spec"]["ports"]] == [named.function_port] == [Evaluator().grpc]
    assert named.function_host == Evaluator().host == f"functions.{NAMESPACE}.svc.cluster.local"


def test_every_process_understands_how_it_is_started(hybrid: Any, local: Any) -> None:
    roles = {}
    for cluster in (hybrid, local):
        for name, pod in pods(cluster).items():
            (container,) = pod["containers"]
            options = parser().parse_args(container["args"])
            mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
            assert str(options.settings.parent) in mounts
            assert not options.tls or str(options.tls) in mounts
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            assert ports["status"] == options.status_port
            assert ports.get("players", PLAYERS_PORT) == options.port
            roles[name] = options.role
    assert roles == {
        "frontend": ["frontend"],
        "director": ["director"],
        "functions": ["functions"],
        "matchmaking": None,
    }


def test_what_players_talk_to_has_the_keys_and_no_word_with_the_api_server(hybrid: Any) -> None:
    found = pods(hybrid)
    assert {name: pod["automountServiceAccountToken"] for name, pod in found.items()} == {
        "frontend": False,
        "director": True,
        "functions": False,
    }
    sealed = {
        name: {volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume}
        for name, pod in found.items()
    }
    assert sealed == {"frontend": {"matchmaking-keys", "matchmaking-tls"}, "director": set(), "functions": set()}


@pytest.mark.parametrize("name", ["hybrid", "local"])
def test_players_reach_it_by_a_service_that_outlives_home(name: str, request: pytest.FixtureRequest) -> None:
    cluster = request.getfixturevalue(name)
    service = of_kind(cluster, "Service")["players"]
    kinds = {"hybrid": ("LoadBalancer", 443, 30443), "local": ("NodePort", 80, 30080)}
    (port,) = service["spec"]["ports"]
    assert (service["spec"]["type"], port["port"], port["nodePort"]) == kinds[name]
    selected = {"frontend": "hybrid", "matchmaking": "local"}
    (target,) = (each for each in of_kind(cluster, "Deployment").values() if each["metadata"]["name"] in selected)
    template = target["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= template.items()
    assert template[labels.SERVES_TENANTS] == "true"


def test_guards_are_there_before_whom_they_hold(hybrid: Any) -> None:
    guards = of_kind(hybrid, "ValidatingAdmissionPolicy").values()
    assert len(guards) == 3
    waves = {int(each["metadata"]["annotations"][WAVE]) for each in guards}
    assert waves == {-1}
    assert not [
        each for each in of_kind(hybrid, "Deployment").values() if WAVE in each["metadata"].get("annotations", {})
    ]


def test_every_kind_that_the_director_reads_or_writes_is_granted_and_no_other() -> None:
    used = {(each.group, each.plural) for each in (GAME_SERVERS, GAME_SERVER_ALLOCATIONS, NODES, NODE_FAILOVERS)}
    granted = {
        (group, resource)
        for rule in [*IN_TENANTS["director"], *EVERYWHERE]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert granted == used


def test_its_rights_in_a_namespace_are_the_tenants_own_to_show(hybrid: Any) -> None:
    for tenant in ("lantern", "mizuame"):
        bound = {
            each["metadata"]["name"]: (each["roleRef"]["name"], each["metadata"]["namespace"])
            for each in hybrid.apps[f"tenant-{tenant}"]
            if each["kind"] == "RoleBinding" and each["metadata"]["name"].startswith("matchmaking-")
        }
        assert bound == {role: (role, f"games-{tenant}") for role in CLUSTER_ROLES.values()}


def test_the_image_is_of_the_services_version(hybrid: Any) -> None:
    project = tomllib.loads((ROOT / "services" / "matchmaking" / "pyproject.toml").read_text())["project"]
    assert PINS["matchmaking"].partition("@")[0] == project["version"]
    for pod in pods(hybrid).values():
        assert pod["containers"][0]["image"] == f"ghcr.io/homeground-dev/matchmaking:{PINS['matchmaking']}"
        assert names_a_version(pod["containers"][0]["image"])


def test_service_and_manifests_use_the_same_words() -> None:
    for name in ("SITE", "GAME", "SUSPECT", "MATCH", "KICK", "JOINED"):
        assert getattr(words, name) == getattr(labels, name)
