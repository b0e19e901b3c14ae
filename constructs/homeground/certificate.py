"""Certificates for webhooks and aggregated APIs, issued inside the cluster by cert-manager."""

from collections.abc import Sequence
from typing import Any

from homeground.app import WAVE
from homeground.manifest import Component, Manifest, ManifestChart

YEAR = "8760h0m0s"
TEN_YEARS = "87600h0m0s"
MONTH = "720h0m0s"


class ServingCertificate(Component):
    """A serving certificate `name` (also its Secret) from a CA of its own.

    The CA outlives its leaves, so a renewal never leaves clients with the bundle of one certificate and the
    server with another. It is applied before the pods that mount the Secret.
    """

    def __init__(
        self, scope: ManifestChart | Component, id: str, *, name: str, namespace: str, dns_names: Sequence[str]
    ) -> None:
        super().__init__(scope, id)
        self.name, self.namespace = name, namespace
        ca = f"{name}-ca"
        self._emit("Issuer", f"{name}-root", {"selfSigned": {}})
        self._certificate(ca, f"{name}-root", TEN_YEARS, isCA=True, commonName=ca)
        self._emit("Issuer", ca, {"ca": {"secretName": ca}})
        self._certificate(name, ca, YEAR, dnsNames=list(dns_names), usages=["digital signature", "server auth"])

    @property
    def inject_ca_from(self) -> dict[str, str]:
        """The annotation by which cert-manager writes this CA into a webhook or APIService."""
        return {"cert-manager.io/inject-ca-from": f"{self.namespace}/{self.name}"}

    def _certificate(self, name: str, issuer: str, duration: str, **spec: Any) -> None:
        common = {
            "secretName": name,
            "duration": duration,
            "renewBefore": MONTH,
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
            "issuerRef": {"name": issuer, "kind": "Issuer", "group": "cert-manager.io"},
        }
        self._emit("Certificate", name, {**common, **spec})

    def _emit(self, kind: str, name: str, spec: dict[str, Any]) -> None:
        self.emit(Manifest("cert-manager.io/v1", kind, name, {"spec": spec}, self.namespace, annotations={WAVE: "-2"}))
