"""The apps of the reference cluster: what is switched on, and what is switched off because it is ours."""

from typing import Any

ALWAYS_ON = {"homeground.dev/always-on": "true"}
TOLERATIONS = [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}]


def only(cluster: Any, app: str, kind: str) -> Any:
    (found,) = (o for o in cluster.apps[app] if o["kind"] == kind)
    return found


def test_the_reference_cluster_has_these_apps(hybrid: Any) -> None:
    assert set(hybrid.apps) == {
        *("argocd", "network", "kata", "storage", "loadbalancer", "certificates", "secrets", "agones", "policy"),
        *(
            "failover",
            "open-match",
            "matchmaking",
            "tenant-lantern",
            "games-lantern",
            "tenant-mizuame",
            "games-mizuame",
        ),
    }


def test_namespaces_enforce_what_their_pods_need(hybrid: Any) -> None:
    levels = {
        o["metadata"]["name"]: o["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for objects in hybrid.apps.values()
        for o in objects
        if o["kind"] == "Namespace"
    }
    assert levels == {
        "argocd": "baseline",
        "tigera-operator": "privileged",
        "kata-system": "privileged",
        "storage": "privileged",
        "metallb-system": "privileged",
        "cert-manager": "restricted",
        "sealed-secrets": "restricted",
        "agones-system": "restricted",
        "failover": "restricted",
        "open-match": "restricted",
        "matchmaking": "restricted",
        "games-lantern": "privileged",
        "games-mizuame": "privileged",
    }


def test_kata_is_installed_on_runners_only_and_leaves_the_class_to_us(hybrid: Any) -> None:
    values = hybrid.values("kata-deploy")
    assert values["runtimeClasses"] == {"enabled": False, "createDefault": False}
    assert values["nodeSelector"] == {"homeground.dev/runner": "true"}
    assert values["startupTaints"] == ["katacontainers.io/kata-runtime:NoSchedule"]
    assert values["shims"] == {
        "disableAll": True,
        "qemu-runtime-rs": {"enabled": True, "allowedHypervisorAnnotations": []},
    }
    assert only(hybrid, "kata", "RuntimeClass")["handler"] == "kata-qemu-runtime-rs"


def test_calicos_chart_leaves_installation_and_crds_to_others(hybrid: Any) -> None:
    values = hybrid.values("tigera-operator")
    for part in ("installation", "apiServer", "goldmane", "whisker"):
        assert values[part] == {"enabled": False}
    assert values["manageCRDs"] is False
    charts = [source.get("chart") for source in hybrid.applications["network"]["spec"]["sources"]]
    assert charts == ["crd.projectcalico.org.v1", "tigera-operator", None]


def test_pods_have_the_smallest_links_mtu(hybrid: Any) -> None:
    assert only(hybrid, "network", "Installation")["spec"]["calicoNetwork"]["mtu"] == 1230  # tailscale0's 1280


def test_speakers_run_at_home_only_and_without_frr(hybrid: Any) -> None:
    values = hybrid.values("metallb")
    assert values["speaker"]["nodeSelector"] == {"homeground.dev/site": "home"}
    assert values["speaker"]["frr"] == values["frrk8s"] == {"enabled": False}
    assert values["controller"]["nodeSelector"] == ALWAYS_ON


def test_sealed_secrets_is_called_what_kubeseal_looks_for(hybrid: Any) -> None:
    values = hybrid.values("sealed-secrets")
    assert values["fullnameOverride"] == "sealed-secrets-controller"
    assert (values["nodeSelector"], values["tolerations"]) == (ALWAYS_ON, TOLERATIONS)


def test_cert_manager_stays_in_its_namespace(hybrid: Any) -> None:
    values = hybrid.values("cert-manager")
    assert values["global"] == {"leaderElection": {"namespace": "cert-manager"}}
    assert values["startupapicheck"] == {"enabled": False}
    for part in (values, values["webhook"], values["cainjector"]):
        assert (part["nodeSelector"], part["tolerations"]) == (ALWAYS_ON, TOLERATIONS)
