"""Agones, for a hybrid bare-metal cluster that Argo CD keeps in sync."""

from typing import Any

from constructs import Construct

from homeground import sdk_sidecar
from homeground.app import App, AppProps, Sync
from homeground.certificate import ServingCertificate
from homeground.helm_chart import release
from homeground.namespace import Namespace
from homeground.platform import Platform
from homeground.workload import Workload

NAMESPACE = "agones-system"
CERTIFICATE = "agones-cert"  # the Secret that the chart's pods mount
SERVICE = f"agones-controller-service.{NAMESPACE}.svc"
CONTROLLER = Workload("agones-controller", cpu=100, memory=128, limit=384, replicas=2)
EXTENSIONS = Workload("agones-extensions", cpu=100, memory=128, limit=384, replicas=2)


class Agones(App):
    """Controller and extensions on always-on nodes; no allocator and no ping, so no LoadBalancer is needed."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(
            scope,
            AppProps(
                name="agones",
                namespace=NAMESPACE,
                releases=[release("agones", values(platform))],
                also_writes_to=["kube-system"],  # a RoleBinding to read the API server's client CA
                workloads=[CONTROLLER, EXTENSIONS],
                sync=Sync(ignore_differences=CA_BUNDLES),
            ),
        )
        Namespace(self, "namespace", name=NAMESPACE, enforce="restricted")
        ServingCertificate(self, "certificate", name=CERTIFICATE, namespace=NAMESPACE, dns_names=[SERVICE])


CA_BUNDLES: list[dict[str, Any]] = [  # cert-manager writes them
    *(
        {
            "group": "admissionregistration.k8s.io",
            "kind": kind,
            "jqPathExpressions": [".webhooks[]?.clientConfig.caBundle"],
        }
        for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
    ),
    {"group": "apiregistration.k8s.io", "kind": "APIService", "jsonPointers": ["/spec/caBundle"]},
]


def _server(workload: Workload) -> dict[str, Any]:
    """Controller and extensions read the same certificate, and the chart takes some keys from one only: set both."""
    inject = {"annotations": {"cert-manager.io/inject-ca-from": f"{NAMESPACE}/{CERTIFICATE}"}, "disableCaBundle": True}
    return {
        "replicas": workload.replicas,
        **workload.placed(),  # without resources each pod asks for 10 GB of ephemeral storage
        "persistentLogs": False,
        "generateTLS": False,  # else a new certificate at every render
        "disableSecret": True,
        "allocationApiService": inject,
        "mutatingWebhook": inject,
        "validatingWebhook": inject,
        "customCertSecretPath": [
            {"key": "ca.crt", "path": "ca.crt"},
            {"key": "tls.crt", "path": "server.crt"},
            {"key": "tls.key", "path": "server.key"},
        ],
        "allocationBatchWaitTime": "50ms",  # 500 ms is for thousands of servers; a player would wait for it
    }


def values(platform: Platform) -> dict[str, Any]:
    """Chart values; host port ranges come from the cluster's facts."""
    ranges = platform.port_ranges
    extra = {name: [r.min, r.max] for name, r in ranges.items() if name != "default"}
    return {
        "agones": {
            "cloudProduct": "generic",  # `auto` would take the GCP nodes for GKE
            "crds": {"cleanupOnDelete": False},
            "controller": _server(CONTROLLER),
            "extensions": {
                **_server(EXTENSIONS),
                "updateStrategy": {"type": "RollingUpdate"},  # its webhooks fail closed while it is away
            },
            "allocator": {"install": False, "disableSecretCreation": True},  # its Secrets would be made all the same
            "ping": {"install": False},
            "image": {"sdk": sdk_sidecar.CHART_VALUES},
        },
        "gameservers": {
            "namespaces": [],  # tenants' accounts and budgets are ours: the chart would need their namespaces first
            "minPort": ranges["default"].min,
            "maxPort": ranges["default"].max,
            **({"additionalPortRanges": extra} if extra else {}),
        },
    }
