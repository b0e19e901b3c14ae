"""Fleet, in the form that Agones 1.59's webhook stores: written by hand, not copied from the construct."""

from collections.abc import Callable
from typing import Any

from homeground.fleet import Fleet
from homeground.manifest import ManifestChart
from schemas.game import Game
from tests.constructs.toleration import toleration

Find = Callable[..., dict[str, Any]]
MakeGame = Callable[..., Game]


def test_a_fixed_fleet_is_exactly_this(build_fleet: Callable[..., None], find: Find, make_game: MakeGame) -> None:
    build_fleet(make_game(), prefer="home")
    own = {"homeground.dev/game": "duel", "homeground.dev/tenant": "acme"}
    at_home = {"matchExpressions": [{"key": "homeground.dev/site", "operator": "In", "values": ["home"]}]}
    preferred = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": at_home}]}
    container = {
        "name": "game-server",
        "image": "registry.example/duel:1.0.0",
        "imagePullPolicy": "IfNotPresent",
        "env": [
            {"name": "SERVER_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "MAX_PLAYERS", "value": "2"},
            {"name": "SERVER_PORT", "value": "7777"},
        ],
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "scratch-0", "mountPath": "/tmp"}],
    }
    pod = {
        "runtimeClassName": "kata-qemu-runtime-rs",
        "nodeSelector": {"homeground.dev/runner": "true"},
        "affinity": {"nodeAffinity": preferred},
        "tolerations": [toleration("not-ready", 10800), toleration("unreachable", 10800)],
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "scratch-0", "emptyDir": {"sizeLimit": "1Gi"}}],
    }
    server = {
        "container": "game-server",
        "ports": [{"name": "game", "portPolicy": "Dynamic", "containerPort": 7777, "protocol": "UDP"}],
        "health": {"initialDelaySeconds": 30, "periodSeconds": 15, "failureThreshold": 3},
        "eviction": {"safe": "Never"},
        "sdkServer": {"logLevel": "Info", "grpcPort": 9357, "httpPort": 9358},
        "template": {"metadata": {"labels": own}, "spec": pod},
    }
    assert find("Fleet") == {
        "apiVersion": "agones.dev/v1",
        "kind": "Fleet",
        "metadata": {"name": "duel", "namespace": "games-acme", "labels": {"homeground.dev/game": "duel"}},
        "spec": {
            "replicas": 2,
            "scheduling": "Distributed",
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {"metadata": {"labels": own}, "spec": server},
        },
    }


def test_a_fixed_fleet_has_no_autoscaler(
    build_fleet: Callable[..., None], chart: ManifestChart, make_game: MakeGame
) -> None:
    build_fleet(make_game())
    assert [manifest["kind"] for manifest in chart.to_json()] == ["Fleet"]


def test_a_fleet_of_zero_servers_says_so(build_fleet: Callable[..., None], find: Find, make_game: MakeGame) -> None:
    build_fleet(make_game(fleet={"replicas": 0}))
    assert find("Fleet")["spec"]["replicas"] == 0


def test_an_autoscaled_fleet_leaves_its_size_to_the_autoscaler(
    build_fleet: Callable[..., None], find: Find, make_game: MakeGame
) -> None:
    build_fleet(make_game(fleet={"replicas": None, "autoscale": {"buffer": 2, "min": 0, "max": 8}}))
    assert "replicas" not in find("Fleet")["spec"]
    assert find("FleetAutoscaler") == {
        "apiVersion": "autoscaling.agones.dev/v1",
        "kind": "FleetAutoscaler",
        "metadata": {"name": "duel", "namespace": "games-acme", "labels": {"homeground.dev/game": "duel"}},
        "spec": {
            "fleetName": "duel",
            "policy": {"type": "Buffer", "buffer": {"bufferSize": 2, "minReplicas": 0, "maxReplicas": 8}},
            "sync": {"type": "FixedInterval", "fixedInterval": {"seconds": 30}},
        },
    }


def test_an_autoscaler_may_make_up_for_servers_that_are_stranded(
    chart: ManifestChart, find: Find, make_game: MakeGame
) -> None:
    game = make_game(fleet={"replicas": None, "autoscale": {"buffer": 2, "min": 0, "max": 8}})
    Fleet(
        chart, "fleet", game=game, namespace="games-acme", site=None, prefer_site=None, port_range="default", headroom=5
    )
    assert find("FleetAutoscaler")["spec"]["policy"]["buffer"] == {"bufferSize": 2, "minReplicas": 0, "maxReplicas": 13}


def test_a_pinned_fleet_selects_its_site_and_its_ports(
    build_fleet: Callable[..., None], find: Find, pod: Callable[[], Any], make_game: MakeGame
) -> None:
    build_fleet(make_game(fleet={"site": "cloud"}), site="cloud", ports="cloud")
    assert pod()["nodeSelector"] == {"homeground.dev/runner": "true", "homeground.dev/site": "cloud"}
    assert "affinity" not in pod()
    port = {"name": "game", "range": "cloud", "portPolicy": "Dynamic", "containerPort": 7777, "protocol": "UDP"}
    assert find("Fleet")["spec"]["template"]["spec"]["ports"] == [port]


def test_servers_carry_a_site_only_where_it_is_known(
    build_fleet: Callable[..., None], find: Find, make_game: MakeGame
) -> None:
    build_fleet(make_game(), site="home")
    template = find("Fleet")["spec"]["template"]
    expected = {"homeground.dev/game": "duel", "homeground.dev/tenant": "acme", "homeground.dev/site": "home"}
    assert template["metadata"]["labels"] == expected
    assert template["spec"]["template"]["metadata"]["labels"] == expected


def test_servers_that_may_run_anywhere_carry_no_site(
    build_fleet: Callable[..., None], find: Find, make_game: MakeGame
) -> None:
    build_fleet(make_game(), prefer="home")
    template = find("Fleet")["spec"]["template"]
    assert "homeground.dev/site" not in template["metadata"]["labels"]
    assert "homeground.dev/site" not in template["spec"]["template"]["metadata"]["labels"]
