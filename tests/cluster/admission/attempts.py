"""Ways out of a tenant's namespace that no rule of ours names: each with what refuses it, and a control.

The control is the same request without what makes it an attempt; it is admitted, so the refusal is of the attempt.
A request that changes something is a dry run, which passes the whole admission chain.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from homeground import labels, sdk_sidecar
from tests.cluster.admission.applied import OTHER, TENANT, Applied
from tests.cluster.admission.violations import DEBUG, annotation, container, pod_secured, spec
from tests.cluster.api import Api, ApiError, Json, Ref

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
RBAC = "rbac.authorization.k8s.io/v1"
POLICY = Ref("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "tenant-pod-isolation")
OWN = labels.tenant_namespace(TENANT)
OWN_SERVER, OWN_POD = Ref("agones.dev/v1", "GameServer", "own", OWN), Ref("v1", "Pod", "own", OWN)
OTHER_POD = Ref("v1", "Pod", "victim", OTHER)


@dataclass(frozen=True)
class Scene:
    """Who acts. `tenant` has nothing but the token of the tenant's SDK sidecars; `admin` may do everything."""

    cluster: Applied
    tenant: Api

    @property
    def admin(self) -> Api:
        return self.cluster.api


Act = Callable[[Scene], Any]
Call = Callable[[Scene, Api], Any]


@dataclass(frozen=True)
class Attempt:
    """`refusal` is part of what `act` is told; `control` is admitted."""

    name: str
    thing: str
    refusal: str
    act: Act
    control: Act


def request(
    method: str, ref: Ref, body: Any = None, subresource: str = "", content_type: str = MERGE
) -> Callable[[object, Api], Any]:
    """One request for an object, wherever it is made; POST without a subresource creates it."""

    def call(_: object, api: Api) -> Any:
        if method == "POST" and not subresource:
            path, type_ = api.collection(ref.api_version, ref.kind, ref.namespace), "application/json"
        else:
            path, type_ = api.path(ref, subresource), content_type if method == "PATCH" else "application/json"
        dry_run = {} if method == "GET" or subresource == "token" else {"dryRun": "All"}
        return api.call(method, path, body, type_, dry_run)

    return call


def made(ref: Ref, **fields: Any) -> Json:
    """A manifest of that identity."""
    namespace = {"namespace": ref.namespace} if ref.namespace else {}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": {"name": ref.name, **namespace}, **fields}


def by_tenant(name: str, verb: str, resource: str, call: Call) -> Attempt:
    """What the token may not do, and an administrator may."""
    refusal = f'User "system:serviceaccount:{OWN}:{sdk_sidecar.SERVICE_ACCOUNT}" cannot {verb} resource "{resource}"'
    return Attempt(name, "the tenant's token", refusal, lambda s: call(s, s.tenant), lambda s: call(s, s.admin))


def pod_with(name: str, refusal: str, change: Callable[[Json], Any]) -> Attempt:
    """A pod that something else than our policies refuses."""

    def create(scene: Scene, changed: bool) -> Any:
        pod = scene.cluster.own("Pod", "attempt")
        if changed:
            change(pod)
        return scene.admin.create(pod, dry_run=True)

    return Attempt(name, "Pod", refusal, lambda s: create(s, True), lambda s: create(s, False))


def update(name: str, ref: Ref, refusal: str, patch: Any, harmless: Json, **how: str) -> Attempt:
    """A change to what was admitted earlier, by an administrator."""
    act, control = request("PATCH", ref, patch, **how), request("PATCH", ref, harmless)
    return Attempt(name, f"existing {ref.kind}", refusal, lambda s: act(s, s.admin), lambda s: control(s, s.admin))


def _resources(cpu: str, memory: str) -> Callable[[Json], None]:
    size = {"cpu": cpu, "memory": memory}
    return container(resources={"requests": size, "limits": size})


def _too_many_servers(scene: Scene) -> None:
    """As many GameServers as the quota has, and one more."""
    most = int(
        scene.admin.get(Ref("v1", "ResourceQuota", "tenant", OWN))["spec"]["hard"]["count/gameservers.agones.dev"]
    )
    servers = [scene.cluster.own("GameServer", f"many-{number}") for number in range(most + 1)]
    try:
        for server in servers:
            scene.admin.create(server)
    finally:
        for server in servers:
            scene.admin.delete(server)


def _as_administrator(_: Scene, api: Api) -> Any:
    headers = [*api._headers.items(), ("Impersonate-User", "admin"), ("Impersonate-Group", "system:masters")]
    other = Api(api.url, api.ca, headers=headers, pool=api._pool)
    return other.call("GET", "/api/v1/namespaces/kube-system/secrets")


def _listing(api_version: str, kind: str, namespace: str | None) -> Call:
    return lambda _, api: api.call("GET", api.collection(api_version, kind, namespace))


PODS = [
    pod_with("account of another component", "error looking up service account",
             spec(serviceAccountName="argocd-server")),
    pod_with("overhead of its own", "verhead", spec(overhead={"cpu": "1m", "memory": "1Mi"})),
    pod_with("static pod's mirror", "a mirror pod may not reference service accounts",
             annotation("kubernetes.io/config.mirror", "0123")),
    pod_with("process of a Windows host", "hostProcess", pod_secured(windowsOptions={"hostProcess": True})),
    pod_with("more CPU than the quota", "exceeded quota: tenant, requested: limits.cpu=", _resources("100", "64Mi")),
    pod_with("more memory than the quota", "exceeded quota: tenant, requested: limits.memory=",
             _resources("1m", "100Gi")),
    pod_with("runtime class that is not there", 'RuntimeClass "none" not found', spec(runtimeClassName="none")),
]  # fmt: skip
"""Refused by ServiceAccount, RuntimeClass and ResourceQuota admission and by the API's own validation."""

SERVICE, CLAIM = Ref("v1", "Service", "open", OWN), Ref("v1", "PersistentVolumeClaim", "disk", OWN)
NODE_PORT = made(SERVICE, spec={"type": "NodePort", "ports": [{"port": 22}]})
DISK = made(CLAIM, spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}})


def _in_default(manifest: Json) -> Act:
    elsewhere = manifest | {"metadata": {"name": manifest["metadata"]["name"], "namespace": "default"}}
    return lambda s: s.admin.create(elsewhere, dry_run=True)


QUOTA = [
    Attempt("more game servers than the quota", "GameServer", "exceeded quota: tenant, requested: count/gameservers",
            _too_many_servers, lambda s: s.admin.create(s.cluster.own("GameServer", "one"), dry_run=True)),
    Attempt("Service with a node port", "Service", "exceeded quota: tenant, requested: services=1",
            lambda s: s.admin.create(NODE_PORT, dry_run=True), _in_default(NODE_PORT)),
    Attempt("disk of its own", "PersistentVolumeClaim", "exceeded quota: tenant, requested: persistentvolumeclaims=1",
            lambda s: s.admin.create(DISK, dry_run=True), _in_default(DISK)),
]  # fmt: skip

NOTE = {"metadata": {"annotations": {"example.com/note": "harmless"}}}
EVERYTHING = [{"op": "add", "path": "/spec/tolerations/-", "value": {"operator": "Exists"}}]
KATA = {"metadata": {"annotations": {"io.katacontainers.config.runtime.disable_new_netns": "true"}}}
LATEST = {"spec": {"containers": [{"name": "game-server", "image": "ghcr.io/example/game:latest"}]}}
HOST_NETWORK = {"spec": {"template": {"spec": {"hostNetwork": True}}}}
SDK_LABEL = {"metadata": {"labels": {"agones.dev/sdk-map": "harbour"}}}
FLEET = Ref("agones.dev/v1", "Fleet", "skirmish", OWN)

UPDATES = [
    update("debug container in a running game", OWN_POD, "ephemeral containers are not allowed", DEBUG, NOTE,
           subresource="ephemeralcontainers", content_type=STRATEGIC),
    update("toleration of everything, added later", OWN_POD, "tolerations may only name", EVERYTHING, NOTE,
           content_type=JSON_PATCH),
    update("Kata annotation, added later", OWN_POD, "annotations io.katacontainers.*", KATA, NOTE),
    update("image called latest, set later", OWN_POD, "every image needs a digest", LATEST, NOTE,
           content_type=STRATEGIC),
    update("host network, set later", FLEET, "hostNetwork is not allowed",
           {"spec": {"template": HOST_NETWORK}}, NOTE),
    Attempt("host network in a GameServer, by the token that may change it", "existing GameServer",
            "hostNetwork is not allowed",
            lambda s: request("PATCH", OWN_SERVER, HOST_NETWORK)(s, s.tenant),
            lambda s: request("PATCH", OWN_SERVER, SDK_LABEL)(s, s.tenant)),
]  # fmt: skip

STATE = {"status": {"state": "Shutdown"}}
ADMIN_ROLE = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
SUBJECT = {"kind": "ServiceAccount", "name": sdk_sidecar.SERVICE_ACCOUNT, "namespace": OWN}
EVERY_RIGHT = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]


def _role(kind: str, namespace: str | None = None, **fields: Any) -> Call:
    ref = Ref(RBAC, kind, "more", namespace)
    return request("POST", ref, made(ref, **fields))


def _own_pod(scene: Scene, api: Api) -> Any:
    return api.create(scene.cluster.own("Pod", "direct"), dry_run=True)


def _own_fleet(scene: Scene, api: Api) -> Any:
    return api.create(scene.cluster.own("Fleet", "direct"), dry_run=True)


def _foreign_pod(scene: Scene, api: Api) -> Any:
    return api.create(scene.cluster.own("Pod", "intruder", OTHER), dry_run=True)


def _server_elsewhere(scene: Scene, api: Api) -> Any:
    return api.create(scene.cluster.own("GameServer", "intruder", OTHER), dry_run=True)


def _stream(subresource: str) -> Call:
    """An administrator gets as far as the kubelet, and no machine runs this pod."""

    def call(scene: Scene, api: Api) -> None:
        try:
            request("GET", OWN_POD, subresource=subresource)(scene, api)
        except ApiError as error:
            if "does not have a host assigned" not in error.message:
                raise

    return call


UNLABELLED = {"metadata": {"labels": {labels.TENANT: None}}}
RENAMED = {"metadata": {"labels": {labels.TENANT: "other"}}}
OPEN: Json = {"spec": {"policyTypes": [], "podSelector": {}}}
CLASS = Ref("node.k8s.io/v1", "RuntimeClass", labels.RUNTIME_CLASS)
NAMESPACE = Ref("v1", "Namespace", OWN)
APPLICATION = Ref("argoproj.io/v1alpha1", "Application", "root", "argocd")

ELSEWHERE = [
    by_tenant("end another tenant's match", "patch", "gameservers",
              request("PATCH", Ref("agones.dev/v1", "GameServer", "victim", OTHER), STATE)),
    by_tenant("list another tenant's game servers", "list", "gameservers",
              _listing("agones.dev/v1", "GameServer", OTHER)),
    by_tenant("list everybody's game servers", "list", "gameservers", _listing("agones.dev/v1", "GameServer", None)),
    by_tenant("GameServer in another tenant's namespace", "create", "gameservers", _server_elsewhere),
    by_tenant("delete another tenant's Fleet", "delete", "fleets",
              request("DELETE", Ref("agones.dev/v1", "Fleet", "victim", OTHER))),
    by_tenant("resize another tenant's Fleet", "patch", "fleets",
              request("PATCH", Ref("agones.dev/v1", "Fleet", "victim", OTHER), {"spec": {"replicas": 0}})),
    by_tenant("pod in another tenant's namespace", "create", "pods", _foreign_pod),
    by_tenant("delete another tenant's pod", "delete", "pods", request("DELETE", OTHER_POD)),
    by_tenant("read another tenant's Secret", "get", "secrets", request("GET", Ref("v1", "Secret", "victim", OTHER))),
    by_tenant("read another tenant's logs", "get", "pods/log",  request("GET", OTHER_POD, subresource="log")),
    by_tenant("token of another tenant's account", "create", "serviceaccounts/token",
              request("POST", Ref("v1", "ServiceAccount", sdk_sidecar.SERVICE_ACCOUNT, OTHER),
                      {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}, "token")),
]  # fmt: skip
PLATFORM = [
    by_tenant("list all Secrets of the cluster", "list", "secrets", _listing("v1", "Secret", None)),
    by_tenant("list nodes", "list", "nodes", _listing("v1", "Node", None)),
    by_tenant("another handler for the RuntimeClass", "patch", "runtimeclasses",
              request("PATCH", CLASS, {"metadata": {"labels": {"a": "b"}}})),
    by_tenant("delete a policy's binding", "delete", "validatingadmissionpolicybindings", request("DELETE", POLICY)),
    by_tenant("point Argo CD at another repository", "patch", "applications",
              request("PATCH", APPLICATION, {"metadata": {"labels": {"a": "b"}}})),
    by_tenant("every right by a ClusterRoleBinding", "create", "clusterrolebindings",
              _role("ClusterRoleBinding", roleRef=ADMIN_ROLE, subjects=[SUBJECT])),
    by_tenant("every right by a ClusterRole", "create", "clusterroles", _role("ClusterRole", rules=EVERY_RIGHT)),
    by_tenant("speak as an administrator", "impersonate", "users", _as_administrator),
    by_tenant("namespace of its own", "create", "namespaces",
              request("POST", Ref("v1", "Namespace", "free"), made(Ref("v1", "Namespace", "free")))),
]  # fmt: skip
OWN_NAMESPACE = [
    by_tenant("take the tenant's label off its namespace", "patch", "namespaces",
              request("PATCH", NAMESPACE, UNLABELLED)),
    by_tenant("call itself another tenant", "patch", "namespaces", request("PATCH", NAMESPACE, RENAMED)),
    by_tenant("pod past Agones", "create", "pods", _own_pod),
    by_tenant("Fleet past Git", "create", "fleets", _own_fleet),
    by_tenant("shell in its own pod", "get", "pods/exec", _stream("exec")),
    by_tenant("listen in on its own pod", "get", "pods/attach", _stream("attach")),
    by_tenant("Secrets of its own namespace", "list", "secrets", _listing("v1", "Secret", OWN)),
    by_tenant("lift its quota", "delete", "resourcequotas",
              request("DELETE", Ref("v1", "ResourceQuota", "tenant", OWN))),
    by_tenant("open its network policy", "patch", "networkpolicies",
              request("PATCH", Ref("networking.k8s.io/v1", "NetworkPolicy", "default-deny", OWN), OPEN)),
    by_tenant("every right in its namespace", "create", "rolebindings",
              _role("RoleBinding", OWN, roleRef=ADMIN_ROLE, subjects=[SUBJECT])),
]  # fmt: skip
ATTEMPTS = [*PODS, *QUOTA, *UPDATES, *ELSEWHERE, *PLATFORM, *OWN_NAMESPACE]
