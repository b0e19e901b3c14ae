"""The cluster at a desk: one trusted machine, plain containers, nothing that needs a cloud."""

from typing import Any


def test_the_desk_has_these_apps_and_none_for_addresses_or_files(local: Any) -> None:
    assert set(local.apps) == {
        *("argocd", "network", "kata", "certificates", "secrets", "agones", "policy", "matchmaking"),
        *("tenant-lantern", "games-lantern"),
    }
    assert set(local.applications) == {"root", *local.apps}


def test_kata_is_not_installed_and_the_class_is_runc_under_the_same_name(local: Any) -> None:
    assert local.values("kata-deploy") is None
    assert local.apps["kata"] == [
        {
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": "kata-qemu-runtime-rs"},
            "handler": "runc",
        }
    ]


def test_a_fleet_is_the_same_but_for_where_it_runs(local: Any, hybrid: Any) -> None:
    at_desk, at_home = (
        next(o for o in cluster.apps["games-lantern"] if o["kind"] == "Fleet") for cluster in (local, hybrid)
    )
    for template in (at_desk["spec"]["template"], at_desk["spec"]["template"]["spec"]["template"]):
        assert template["metadata"]["labels"].pop("homeground.dev/site") == "desk"
    pod = at_home["spec"]["template"]["spec"]["template"]["spec"]
    without_preference = {key: value for key, value in pod.items() if key != "affinity"}
    assert at_desk["spec"]["template"]["spec"]["template"]["spec"] == without_preference


def test_agones_has_the_default_ports_only(local: Any) -> None:
    servers = local.values("agones")["gameservers"]
    assert servers == {"namespaces": [], "minPort": 7000, "maxPort": 7499}


def test_a_game_that_is_not_for_the_desk_is_not_there(local: Any) -> None:
    fleets = [o["metadata"]["name"] for objects in local.apps.values() for o in objects if o["kind"] == "Fleet"]
    assert fleets == ["skirmish"]


def test_packets_are_as_large_as_the_desks_network_allows(local: Any) -> None:
    (installation,) = (o for o in local.apps["network"] if o["kind"] == "Installation")
    assert installation["spec"]["calicoNetwork"]["mtu"] == 1450
