"""Kubernetes' controllers, as far as the operator can tell: one after the other, twice a second."""

from failover import words
from failover.signing_request import SIGNER
from kubeclient.resources import CERTIFICATE_SIGNING_REQUESTS, LEASES, NODES, PODS, SECRETS, Json
from tests.services.failover.properties.api import GAMES, Api
from tests.services.failover.properties.joining import TOKENS, is_expired
from tests.services.failover.properties.machine import LEASES_OF_NODES

GRACE = 8.0
"""Seconds without a renewal until a node is marked, as --node-monitor-grace-period."""

ORPHANED = 5.0
"""Seconds for which a node must be gone until its pods are collected."""

UNREACHABLE = "node.kubernetes.io/unreachable"


class ControlPlane:
    """`work` does all that is due."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._beats: dict[str, tuple[str, float]] = {}
        self._gone: dict[str, float] = {}

    def work(self) -> None:
        self._sign()
        self._mark_nodes()
        self._evict()
        self._collect_pods()
        self._clean_tokens()

    def _sign(self) -> None:
        """The signer of kubelets' certificates: what is approved, and nothing else."""
        for request in self._api.all(CERTIFICATE_SIGNING_REQUESTS):
            approved = any(each["type"] == "Approved" for each in request["status"].get("conditions", ()))
            if approved and request["spec"]["signerName"] == SIGNER and "certificate" not in request["status"]:
                self._api.edit(CERTIFICATE_SIGNING_REQUESTS, request["metadata"]["name"], _signed)

    def _mark_nodes(self) -> None:
        """The node lifecycle controller: by its own clock, since it last saw the Lease move."""
        now = self._api.clock.monotonic()
        for node in self._api.all(NODES):
            name = node["metadata"]["name"]
            lease = self._api.storage.find(LEASES, (LEASES_OF_NODES, name))
            beat = lease["spec"]["renewTime"] if lease else ""
            known, since = self._beats.get(name, ("", now))
            if (name not in self._beats) or beat != known:
                self._beats[name] = beat, now
                since = now
            self._mark(node, silent=now - since > GRACE)

    def _mark(self, node: Json, *, silent: bool) -> None:
        tainted = any(each["key"] == UNREACHABLE for each in node["spec"].get("taints", ()))
        if silent and (is_ready(node) or not tainted):
            self._api.edit(NODES, node["metadata"]["name"], _unknown)
        elif tainted and is_ready(node):
            self._api.edit(NODES, node["metadata"]["name"], _known)

    def _evict(self) -> None:
        """The taint eviction controller: nothing here tolerates that its machine is out of service."""
        for node in self._api.all(NODES):
            if any(each["key"] == words.OUT_OF_SERVICE for each in node["spec"].get("taints", ())):
                for pod in self._pods_on(node["metadata"]["name"]):
                    if "deletionTimestamp" not in pod["metadata"]:
                        self._api.end(PODS, pod["metadata"]["name"], GAMES)
                    elif not is_ready(node):  # PodGC: the node can't say that it is gone
                        self._api.remove(PODS, pod["metadata"]["name"], GAMES)

    def _collect_pods(self) -> None:
        """PodGC: of nodes that are no more."""
        now = self._api.clock.monotonic()
        nodes = {node["metadata"]["name"] for node in self._api.all(NODES)}
        for name in nodes & self._gone.keys():
            del self._gone[name]
        for pod in self._api.all(PODS):
            node = pod["spec"].get("nodeName")
            if node and node not in nodes and now >= self._gone.setdefault(node, now) + ORPHANED:
                self._api.remove(PODS, pod["metadata"]["name"], GAMES)

    def _clean_tokens(self) -> None:
        for secret in self._api.all(SECRETS):
            if is_expired(self._api, secret["stringData"]):
                self._api.remove(SECRETS, secret["metadata"]["name"], TOKENS)

    def _pods_on(self, node: str) -> list[Json]:
        return [pod for pod in self._api.all(PODS) if pod["spec"].get("nodeName") == node]


def is_ready(node: Json) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any((each["type"], each["status"]) == ("Ready", "True") for each in conditions)


def _signed(request: Json) -> None:
    request["status"]["certificate"] = "c2lnbmVk"


def _unknown(node: Json) -> None:
    node["status"]["conditions"] = [{"type": "Ready", "status": "Unknown"}]
    others = [each for each in node["spec"].get("taints", ()) if each["key"] != UNREACHABLE]
    effects = ("NoSchedule", "NoExecute")
    node["spec"]["taints"] = [*others, *({"key": UNREACHABLE, "effect": effect} for effect in effects)]


def _known(node: Json) -> None:
    node["spec"]["taints"] = [each for each in node["spec"]["taints"] if each["key"] != UNREACHABLE]
