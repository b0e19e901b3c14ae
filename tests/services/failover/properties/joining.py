"""How a new machine becomes a node: what kubelet does with its start-up data, and the API server with its token."""

import base64
from dataclasses import dataclass, field

import yaml
from cryptography.hazmat.primitives.serialization import Encoding

from failover import startup
from failover.signing_request import SIGNER
from kubeclient import timestamp
from kubeclient.resources import CERTIFICATE_SIGNING_REQUESTS, SECRETS, Json
from tests.services.failover.certificate_request import USAGES, name, signed
from tests.services.failover.properties.api import Api
from tests.services.failover.properties.cloud import Vm
from tests.services.failover.properties.machine import Machine

BOOT, READY, AGAIN = 4.0, 2.0, 3.0
"""Seconds from power until kubelet asks for a certificate; from then on its runtime is up; between two tries."""

TOKENS = "kube-system"


@dataclass
class Joining:
    """One machine's way. `request` is the name of its signing request, once the API server took it."""

    api: Api
    vm: Vm
    machine: Machine
    due: float
    request: str = ""
    arguments: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        words = self.vm.metadata[startup.KUBELET_ARGUMENTS].split()
        self.arguments = dict(word.removeprefix("--").split("=", 1) for word in words)

    def work(self) -> bool:
        """What is due; whether it has joined, and its runtime is up."""
        now = self.api.clock.monotonic()
        if now < self.due or not self.machine.talks:
            return False
        if self.machine.registered:
            self.machine.unfit = False
            return True
        if not self.request:
            self.due = now + AGAIN
            self._ask()
            return False
        found = self.api.find(CERTIFICATE_SIGNING_REQUESTS, self.request)
        if not found or not found["status"].get("certificate"):
            return False
        self.machine.node, self.machine.unfit = self._node(), True
        self.machine.work()
        self.due = now + READY
        return False

    def _ask(self) -> None:
        """Refused with a token that is unknown or too old: 401."""
        config = yaml.safe_load(self.vm.metadata.get(startup.BOOTSTRAP_KUBECONFIG, "{}"))
        bearer = config["users"][0]["user"]["token"] if config else ""
        groups = groups_of(self.api, bearer)
        if groups is None:
            return
        pem = signed(name([f"system:node:{self.vm.place.name}"])).public_bytes(Encoding.PEM)
        spec = {
            "request": base64.b64encode(pem).decode(),
            "signerName": SIGNER,
            "usages": list(USAGES),
            "username": f"system:bootstrap:{bearer.partition('.')[0]}",
            "groups": groups,
        }
        self.request = f"node-csr-{self.vm.place.name}"
        self.api.put(CERTIFICATE_SIGNING_REQUESTS, {"metadata": {"name": self.request}, "spec": spec})

    def _node(self) -> Json:
        given = self.arguments
        labels = dict(each.split("=", 1) for each in given["node-labels"].split(","))
        taints = [each.rpartition(":") for each in given["register-with-taints"].split(",")]
        return {
            "metadata": {"name": given["hostname-override"], "labels": labels},
            "spec": {
                "providerID": given["provider-id"],
                "taints": [{"key": key.rstrip("="), "effect": effect} for key, _, effect in taints],
            },
            "status": {"conditions": [{"type": "Ready", "status": "False"}]},
        }


def groups_of(api: Api, bearer: str) -> list[str] | None:
    """Those of a bootstrap token's user; None for a token that does not count."""
    found = api.find(SECRETS, f"bootstrap-token-{bearer.partition('.')[0]}", TOKENS)
    data = (found or {}).get("stringData") or {}
    if f"{data.get('token-id')}.{data.get('token-secret')}" != bearer or is_expired(api, data):
        return None
    return ["system:bootstrappers", data["auth-extra-groups"], "system:authenticated"]


def is_expired(api: Api, data: Json) -> bool:
    return timestamp.parse(data["expiration"]) <= api.clock.now()
