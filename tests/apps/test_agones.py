"""Agones: no random Secret, no load balancer, port ranges and the certificate of ours."""

from typing import Any

ALWAYS_ON = {"homeground.dev/always-on": "true"}
TOLERATIONS = [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}]


def test_agones_port_ranges_are_the_clusters_and_apart(hybrid: Any) -> None:
    servers = hybrid.values("agones")["gameservers"]
    assert servers == {
        "namespaces": [],
        "minPort": 7000,
        "maxPort": 7499,
        "additionalPortRanges": {"home": [7500, 7749], "cloud": [7750, 7999]},
    }


def test_agones_makes_no_random_secret_and_no_load_balancer(hybrid: Any) -> None:
    values = hybrid.values("agones")["agones"]
    assert values["allocator"] == {"install": False, "disableSecretCreation": True}
    assert values["ping"] == {"install": False}
    for part in ("controller", "extensions"):
        assert values[part]["generateTLS"] is False
        assert values[part]["disableSecret"] is True
        for webhook in ("allocationApiService", "mutatingWebhook", "validatingWebhook"):
            annotations = {"cert-manager.io/inject-ca-from": "agones-system/agones-cert"}
            assert values[part][webhook] == {"annotations": annotations, "disableCaBundle": True}


def test_agones_mounts_the_certificate_that_we_issue_for_its_service(hybrid: Any) -> None:
    certificates = [o for o in hybrid.apps["agones"] if o["kind"] == "Certificate"]
    (leaf,) = (c["spec"] for c in certificates if "dnsNames" in c["spec"])
    assert leaf["secretName"] == "agones-cert"
    assert leaf["dnsNames"] == ["agones-controller-service.agones-system.svc"]
    paths = [
        {"key": "ca.crt", "path": "ca.crt"},
        {"key": "tls.crt", "path": "server.crt"},
        {"key": "tls.key", "path": "server.key"},
    ]
    assert hybrid.values("agones")["agones"]["extensions"]["customCertSecretPath"] == paths


def test_the_sdk_sidecar_has_limits(hybrid: Any) -> None:
    sidecar = {"cpuRequest": "30m", "cpuLimit": "100m", "memoryRequest": "64Mi", "memoryLimit": "64Mi"}
    assert hybrid.values("agones")["agones"]["image"]["sdk"] == sidecar


def test_agones_outlives_home(hybrid: Any) -> None:
    for part in ("controller", "extensions"):
        values = hybrid.values("agones")["agones"][part]
        assert (values["nodeSelector"], values["tolerations"]) == (ALWAYS_ON, TOLERATIONS)
