"""Nodes, servers, requests and tokens for the failover operator to lay hands on; no machine and no Agones is behind."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from homeground import labels
from homeground.failover import BOOTSTRAPPERS, NAMESPACE, USER
from homeground.failover.access import KUBELET_SIGNER
from tests.cluster.admission.applied import OTHER, Applied
from tests.cluster.api import Api, ApiError, Json, Ref
from tests.services.failover.certificate_request import KUBELET

TRIES = 10
MERGE = "application/merge-patch+json"
ACCOUNT_GROUPS = ["system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}", "system:authenticated"]

HOME, SPARE, TEMPORARY = "home-1", "home-2", "fo-0123456789-1"
"""A node at home; one that a person has cordoned, quarantined and declared dead; and one that stands in."""

OWN_TAINT = {"key": labels.OUT_OF_SERVICE, "value": labels.FAILOVER, "effect": "NoExecute"}
THEIR_TAINT = {"key": labels.OUT_OF_SERVICE, "value": "nodeshutdown", "effect": "NoExecute"}
QUARANTINED = {"key": labels.QUARANTINE, "effect": "NoSchedule"}
DEDICATED = {"key": "dedicated", "value": "games", "effect": "NoSchedule"}
STANDS_IN = {labels.TEMPORARY: HOME, labels.RUNNER: "true"}

READY, ALLOCATED, RESERVED = "ready", "allocated", "reserved"
SET, OVERFLOW, FLEET = "victim-1", "victim-overflow", "victim"
OURS, OTHERS, FALSE, SIGNED = "ours", "of-another-token", "of-no-token", "for-another-signer"
"""CertificateSigningRequests."""

OTHER_BOOTSTRAPPERS = "system:bootstrappers:other"
OUR_TOKEN, OTHER_TOKEN, NO_TOKEN = "0urs00", "0ther0", "theirs"
"""Secrets of kube-system; the first two are the ids of tokens."""


@dataclass(frozen=True)
class Yard:
    """`operator` has the rights that dist/ gives it; `unbound` is the same account with all rights there are."""

    cluster: Applied
    operator: Api
    unbound: Api

    @classmethod
    def of(cls, cluster: Applied) -> "Yard":
        api = cluster.api
        return cls(cluster, api.as_(USER, ACCOUNT_GROUPS), api.as_(USER, ["system:masters"]))

    @property
    def admin(self) -> Api:
        return self.cluster.api

    def kubelet(self, name: str) -> Api:
        return self.admin.as_(f"system:node:{name}", ["system:nodes", "system:authenticated"])


def node(name: str, *taints: Json, **fields: Any) -> Json:
    metadata = {"name": name, "labels": STANDS_IN} if name.startswith(labels.TEMPORARY_PREFIX) else {"name": name}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": list(taints), **fields}}


def record(name: str, **annotations: str) -> Json:
    """What is known of a node at home."""
    metadata = {"name": name} | ({"annotations": annotations} if annotations else {})
    return {"apiVersion": "homeground.dev/v1", "kind": "NodeFailover", "metadata": metadata}


def prepare(cluster: Applied) -> None:
    """Put it all there."""
    api = cluster.api
    api.create(node(HOME, OWN_TAINT, DEDICATED))
    api.create(node(SPARE, THEIR_TAINT, QUARANTINED, unschedulable=True))
    api.create(node(TEMPORARY, QUARANTINED))
    api.create(record(SPARE))
    for name in (READY, ALLOCATED, RESERVED):
        api.create(cluster.own("GameServer", name, OTHER))
        ref = Ref("agones.dev/v1", "GameServer", name, OTHER)
        api.patch(ref, {"status": {"state": name.capitalize()}, "metadata": {"annotations": {"note": "theirs"}}})
    fleet = cluster.own("Fleet", OVERFLOW, OTHER)
    fleet["metadata"]["labels"][labels.OVERFLOW] = FLEET
    api.create(fleet)
    api.create(_set(fleet))
    _requests(api)
    api.create(token(OUR_TOKEN, BOOTSTRAPPERS))
    api.create(token(OTHER_TOKEN, OTHER_BOOTSTRAPPERS))
    api.create(secret(NO_TOKEN, "Opaque"))


def _requests(api: Api) -> None:
    """Whoever may ask for a certificate at all; nobody signs unasked."""
    subject = {"kind": "Group", "name": OTHER_BOOTSTRAPPERS, "apiGroup": "rbac.authorization.k8s.io"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:node-bootstrapper"}
    kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding"}
    api.create({**kind, "metadata": {"name": "others"}, "roleRef": role, "subjects": [subject]})
    everybody = ["system:bootstrappers", "system:authenticated"]
    request(api.as_(f"system:bootstrap:{OUR_TOKEN}", [BOOTSTRAPPERS, *everybody]), OURS)
    request(api.as_(f"system:bootstrap:{OTHER_TOKEN}", [OTHER_BOOTSTRAPPERS, *everybody]), OTHERS)
    request(api.as_("mallory", [BOOTSTRAPPERS, *everybody]), FALSE)
    request(api, SIGNED, "kubernetes.io/kube-apiserver-client")


def _set(fleet: Json) -> Json:
    spec = {"replicas": 3, "scheduling": "Distributed", "template": fleet["spec"]["template"]}
    metadata = {"name": SET, "namespace": OTHER, "annotations": {"note": "theirs"}, "labels": {"own": "theirs"}}
    return {"apiVersion": "agones.dev/v1", "kind": "GameServerSet", "metadata": metadata, "spec": spec}


def request(api: Api, name: str, signer: str = KUBELET_SIGNER) -> Json:
    """A CertificateSigningRequest by whoever `api` is, for the certificate of TEMPORARY."""
    pem = base64.b64encode(KUBELET.encode()).decode()
    spec = {"request": pem, "signerName": signer, "usages": ["digital signature", "client auth"]}
    kind = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest"}
    return api.create({**kind, "metadata": {"name": name}, "spec": spec})


def secret(name: str, type_: str, **data: str) -> Json:
    metadata = {"name": name, "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": type_, "stringData": data}


def token(token_id: str, group: str, **changes: str | None) -> Json:
    """A join token; a change to None takes the field away."""
    data = {
        "token-id": token_id,
        "token-secret": "0123456789abcdef",
        "expiration": "2999-01-01T00:00:00Z",
        "usage-bootstrap-authentication": "true",
        "auth-extra-groups": group,
        **changes,
    }
    given = {key: value for key, value in data.items() if value is not None}
    return secret(f"bootstrap-token-{token_id}", "bootstrap.kubernetes.io/token", **given)


def retaint(yard: Yard, api: Api, name: str, change: Callable[[list[Json]], list[Json]]) -> Json:
    """Change a node's taints, as a dry run. Controllers of Kubernetes change them too, so the newest are taken."""
    ref = Ref("v1", "Node", name)
    for _ in range(TRIES):
        found = yard.admin.get(ref)
        version = found["metadata"]["resourceVersion"]
        patch = {"metadata": {"resourceVersion": version}, "spec": {"taints": change(found["spec"].get("taints", []))}}
        try:
            return api.call("PATCH", api.path(ref), patch, MERGE, {"dryRun": "All"})
        except ApiError as error:
            if error.status != 409:
                raise
    raise TimeoutError(f"{name} changed {TRIES} times in a row")


def ready(yard: Yard, name: str, status: str) -> None:
    """Say of a node what its kubelet would: nobody else does here, and after a while Kubernetes notices."""
    condition = {"type": "Ready", "status": status, "reason": "Test", "message": ""}
    yard.admin.patch(Ref("v1", "Node", name), {"status": {"conditions": [condition]}}, "strategic", "status")
