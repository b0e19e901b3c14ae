"""A cluster's first sync, without Argo CD: CRDs, then dist/ in its order, until quotas count and policies hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import yaml

from homeground import labels, sdk_sidecar
from homeground.versions import PINS
from tests.cluster import crds
from tests.cluster.admission import matchmaking_breaches
from tests.cluster.admission.applied import ARGO, OTHER, PLAIN, TENANT, UNLIMITED, Applied
from tests.cluster.admission.audit import AuditLog
from tests.cluster.admission.dist import rendered
from tests.cluster.admission.game_server import pod
from tests.cluster.admission.in_force import wait_in_force
from tests.cluster.admission.yard import prepare
from tests.cluster.api import Api, ApiError, Json, Ref
from tests.cluster.control_plane import ControlPlane
from tests.cluster.ports import Ports
from tests.cluster.wait import wait_for

READY_SECONDS = 30


@contextmanager
def synced(name: str, folder: Path, ports: Ports) -> Iterator[Applied]:
    """A control plane of its own with dist/<name>, a second tenant and game servers that no machine runs."""
    audit = AuditLog(folder)
    with ControlPlane(folder, ports, api_server_flags=audit.flags) as control_plane:
        cluster = Applied(name, control_plane, audit)
        _install_charts(cluster)
        for each in rendered(name):
            try:
                cluster.api.apply(each.manifest, manager=ARGO)
            except ApiError as error:
                cluster.refused[each.shown] = error
        _second_tenant(cluster)
        _unlimited_tenant(cluster.api)
        _wait_counted(cluster.api)
        for name_, namespace in (("own", ""), ("victim", OTHER)):
            cluster.api.apply(pod(cluster.api.apply(cluster.own("GameServer", name_, namespace))))
        if any(each.app == "failover" for each in rendered(name)):
            prepare(cluster)
        matchmaking_breaches.prepare(cluster)
        wait_in_force(cluster)
        yield cluster


def _install_charts(cluster: Applied) -> None:
    """What our manifests rest on: the CRDs of their kinds, and the role that Agones' chart gives the SDK sidecar."""
    crds.install(cluster.api, crds_of(cluster.name))
    cluster.api.apply(_sdk_role(), manager=ARGO)
    # The quota controller looks for new kinds every 30 s, and counts those that are new to it within 5 minutes.
    controllers = cluster.control_plane.processes["kube-controller-manager"]
    controllers.kill()
    controllers.start()


def crds_of(cluster: str) -> list[Json]:
    """The published CRDs of every kind that dist/ has, and of what Agones makes of Fleets."""
    ours = {(each.manifest["apiVersion"].partition("/")[0], each.manifest["kind"]) for each in rendered(cluster)}
    wanted = {*ours, ("agones.dev", "GameServer"), ("agones.dev", "GameServerSet")}
    return [crd for crd in crds.of_all_charts() if (crd["spec"]["group"], crd["spec"]["names"]["kind"]) in wanted]


def _sdk_role() -> Json:
    wanted = ("ClusterRole", sdk_sidecar.SERVICE_ACCOUNT)
    published = crds.documents(f"agones/{PINS['agones']}/install.yaml")
    return next(each for each in published if (each["kind"], each["metadata"]["name"]) == wanted)


def _second_tenant(cluster: Applied) -> None:
    """Another tenant, with something in its namespace to covet."""
    for each in rendered(cluster.name):
        if each.app == f"tenant-{TENANT}":
            text = yaml.safe_dump(each.manifest).replace(cluster.namespace, OTHER).replace(TENANT, "other")
            cluster.api.apply(yaml.safe_load(text), manager=ARGO)
    _wait_accounts(cluster.api, OTHER)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "victim", "namespace": OTHER}}
    cluster.api.apply(secret)
    cluster.api.apply(cluster.own("Fleet", "victim", OTHER))


def _unlimited_tenant(api: Api) -> None:
    metadata = {"name": UNLIMITED, "labels": {labels.TENANT: "unlimited"}}
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    account = {"name": sdk_sidecar.SERVICE_ACCOUNT, "namespace": UNLIMITED}
    api.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    api.apply({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": PLAIN}, "handler": "runc"})
    _wait_accounts(api, UNLIMITED)


def _wait_accounts(api: Api, namespace: str) -> None:
    """The account `default` is made by a controller, and no pod may name an account that is not there."""
    for name in ("default", sdk_sidecar.SERVICE_ACCOUNT):
        account = Ref("v1", "ServiceAccount", name, namespace)
        wait_for(f"service account {namespace}/{name}", partial(api.find, account), READY_SECONDS)


def _wait_counted(api: Api) -> None:
    for quota in api.list("v1", "ResourceQuota"):
        what = f"quota {quota['metadata']['namespace']}/{quota['metadata']['name']} to be counted"
        wait_for(what, partial(_is_counted, api, quota), READY_SECONDS)


def _is_counted(api: Api, quota: Json) -> bool:
    return set(api.get(quota)["status"].get("used", ())) == set(quota["spec"]["hard"])
