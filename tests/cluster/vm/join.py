"""Joining by a token that is good for one machine of one name, once.

The token lets a machine do one thing: ask for a client certificate. The request is approved here, after a look at what
it asks for, and the token is deleted when the node has registered (kubelet needs it until it has fetched the
certificate). A second request with the same token is denied.
"""

import base64
from collections.abc import Callable
from typing import Self

import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.cluster.api import Json, Ref
from tests.cluster.bootstrap_token import BOOTSTRAPPERS, bootstrap_token
from tests.cluster.control_plane import ControlPlane
from tests.cluster.vm.node_configuration import BOOTSTRAP_KUBECONFIG, CA
from tests.cluster.wait import wait_for

SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
USAGES = {"digital signature", "client auth"}
MINUTES = 15
REQUEST = ("certificates.k8s.io/v1", "CertificateSigningRequest")

# Nothing but system:node-bootstrapper (make and watch one's own requests). Above all not kubeadm's `nodeclient`
# role, by which the controller manager approves any kubelet request of whoever holds a token.
BINDING: Json = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "homeground-node-bootstrapper"},
    "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "system:node-bootstrapper",
    },
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": BOOTSTRAPPERS}],
}


class Join:
    """One node's way in. A context manager: the token lives no longer than it."""

    def __init__(self, control_plane: ControlPlane, node: str) -> None:
        self.node, self.token, self.approved = node, "", ""
        self._control_plane, self._api = control_plane, control_plane.api

    def __enter__(self) -> Self:
        self._api.apply(BINDING)
        self.token, self.secret = bootstrap_token(self._api, minutes=MINUTES)
        return self

    def __exit__(self, *_: object) -> None:
        self._api.delete(self.secret)

    @property
    def user(self) -> str:
        """Who a holder of the token is to the API server."""
        return f"system:bootstrap:{self.token.partition('.')[0]}"

    def files(self, url: str) -> dict[str, str]:
        """What the node needs to join, by absolute path; `url` is the API server's as the node sees it."""
        ca = self._control_plane.ca.read_text()
        cluster = {"server": url, "certificate-authority-data": base64.b64encode(ca.encode()).decode()}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "homeground", "cluster": cluster}],
            "users": [{"name": "bootstrap", "user": {"token": self.token}}],
            "contexts": [{"name": "bootstrap", "context": {"cluster": "homeground", "user": "bootstrap"}}],
            "current-context": "bootstrap",
        }
        return {BOOTSTRAP_KUBECONFIG: yaml.safe_dump(config), CA: ca}

    def wait(self, seconds: float, check: Callable[[], None]) -> None:
        """Approve the node's request and wait until it has registered. `check` raises if the machine has ended."""

        def registered() -> bool:
            check()
            self.answer_requests()
            return self._api.find(Ref("v1", "Node", self.node)) is not None

        wait_for(f"node {self.node} to register", registered, seconds)

    def answer_requests(self) -> None:
        """Approve the first good request made with this token; deny every other, saying why."""
        requests = self._api.list(*REQUEST)
        for request in sorted(requests, key=lambda each: str(each["metadata"]["creationTimestamp"])):
            if request["spec"]["username"] == self.user and not request.get("status", {}).get("conditions"):
                wrong = self._wrong_with(request)
                self._answer(request, wrong)
                self.approved = self.approved if wrong else request["metadata"]["name"]

    def _wrong_with(self, request: Json) -> str:
        """Why a request is to be denied; empty when it is this node's first, for a kubelet's certificate."""
        spec = request["spec"]
        if self.approved:
            return f"the token was used already, for {self.approved}"
        if spec["signerName"] != SIGNER:
            return f"signer {spec['signerName']}"
        if BOOTSTRAPPERS not in spec["groups"]:
            return f"groups {spec['groups']}"
        if set(spec["usages"]) - {"key encipherment"} != USAGES:
            return f"usages {spec['usages']}"
        return self._wrong_with_subject(x509.load_pem_x509_csr(base64.b64decode(spec["request"])))

    def _wrong_with_subject(self, request: x509.CertificateSigningRequest) -> str:
        subject = [(name.oid, str(name.value)) for name in request.subject]
        wanted = {(NameOID.COMMON_NAME, f"system:node:{self.node}"), (NameOID.ORGANIZATION_NAME, "system:nodes")}
        if set(subject) != wanted or len(subject) != len(wanted):
            return f"subject {request.subject.rfc4514_string()}, but the token is for node {self.node}"
        return "a kubelet's client certificate has no extensions" if len(request.extensions) else ""

    def _answer(self, request: Json, wrong: str) -> None:
        answer = {
            "type": "Denied" if wrong else "Approved",
            "status": "True",
            "reason": "HomegroundJoin",
            "message": wrong or f"node {self.node} joins with its one-use token",
        }
        self._api.replace(request | {"status": {"conditions": [answer]}}, subresource="approval")
