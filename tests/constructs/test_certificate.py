"""A serving certificate from a CA of its own, before the pods that mount it."""

from typing import Any

import pytest

from homeground.certificate import ServingCertificate
from homeground.manifest import ManifestChart


@pytest.fixture
def certificate(chart: ManifestChart) -> ServingCertificate:
    return ServingCertificate(
        chart, "certificate", name="web-cert", namespace="web", dns_names=["web.web.svc", "web.web"]
    )


def issued(name: str, duration: str, issuer: str, **spec: Any) -> dict[str, Any]:
    return {
        "secretName": name,
        "duration": duration,
        "renewBefore": "720h0m0s",
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "issuerRef": {"name": issuer, "kind": "Issuer", "group": "cert-manager.io"},
        **spec,
    }


def test_a_root_signs_a_ca_that_signs_the_certificate(chart: ManifestChart, certificate: ServingCertificate) -> None:
    names = ["web.web.svc", "web.web"]
    usages = ["digital signature", "server auth"]
    assert certificate.name == "web-cert"
    assert {(m["kind"], m["metadata"]["name"]): m["spec"] for m in chart.to_json()} == {
        ("Issuer", "web-cert-root"): {"selfSigned": {}},
        ("Certificate", "web-cert-ca"): issued(
            "web-cert-ca", "87600h0m0s", "web-cert-root", isCA=True, commonName="web-cert-ca"
        ),
        ("Issuer", "web-cert-ca"): {"ca": {"secretName": "web-cert-ca"}},
        ("Certificate", "web-cert"): issued("web-cert", "8760h0m0s", "web-cert-ca", dnsNames=names, usages=usages),
    }


@pytest.mark.usefixtures("certificate")
def test_all_of_it_is_applied_before_the_pods(chart: ManifestChart) -> None:
    for manifest in chart.to_json():
        assert manifest["apiVersion"] == "cert-manager.io/v1"
        assert manifest["metadata"]["namespace"] == "web"
        assert manifest["metadata"]["annotations"] == {"argocd.argoproj.io/sync-wave": "-2"}


def test_webhooks_are_given_its_ca(certificate: ServingCertificate) -> None:
    assert certificate.inject_ca_from == {"cert-manager.io/inject-ca-from": "web/web-cert"}
