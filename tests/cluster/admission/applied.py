"""A control plane with everything that dist/ has for one cluster, and the platform's own game servers to change."""

from copy import deepcopy
from dataclasses import dataclass, field

from homeground import labels, sdk_sidecar
from tests.cluster.admission.audit import AuditLog
from tests.cluster.admission.dist import named
from tests.cluster.admission.game_server import game_server, pod
from tests.cluster.api import Api, ApiError, Json, Ref
from tests.cluster.control_plane import ControlPlane

ARGO = "argocd-controller"
"""The field manager of Argo CD's server-side applies."""

TENANT, GAME = "lantern", "skirmish"
"""A tenant that every cluster has, and its Fleet."""

OTHER = "games-other"
"""A second tenant's namespace, rendered as the first one's."""

UNLIMITED = "games-unlimited"
"""A tenant's namespace without LimitRange and ResourceQuota, as if somebody had deleted them."""

PLAIN = "plain"
"""A RuntimeClass without isolation, as other tools install some."""


@dataclass
class Applied:
    """`refused` has what the API server said to the objects that it did not take, by file."""

    name: str
    control_plane: ControlPlane
    audit: AuditLog
    refused: dict[str, ApiError] = field(default_factory=dict)

    @property
    def api(self) -> Api:
        """An administrator: what is refused to them is refused to everybody."""
        return self.control_plane.api

    @property
    def fleet(self) -> Json:
        return deepcopy(named(self.name, "Fleet", GAME))

    @property
    def namespace(self) -> str:
        return labels.tenant_namespace(TENANT)

    def own(self, kind: str, name: str, namespace: str = "") -> Json:
        """The platform's own Fleet, a GameServer of it or the Pod of that, under another name."""
        fleet, namespace = self.fleet, namespace or self.namespace
        fleet["metadata"] |= {"namespace": namespace}
        for template in (fleet["spec"]["template"], fleet["spec"]["template"]["spec"]["template"]):
            template["metadata"]["labels"][labels.TENANT] = namespace.removeprefix(labels.tenant_namespace(""))
        if kind == "Fleet":
            fleet["metadata"]["name"] = name
            return fleet
        server = game_server(fleet, name, [7123])
        return pod(server) if kind == "Pod" else server

    def token_of_tenant(self) -> Api:
        """The API as seen with the token that lies in every game server's SDK sidecar."""
        account = Ref("v1", "ServiceAccount", sdk_sidecar.SERVICE_ACCOUNT, self.namespace)
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        answer = self.api.call("POST", self.api.path(account, "token"), request)
        return self.api.with_token(answer["status"]["token"])
