"""A tenant's project allows its own kinds in its own namespace: Argo CD refuses whatever else its folder holds."""

from functools import partial

import pytest
import yaml

from tests.cluster.api import Json
from tests.cluster.gitops.games import APPLES, HARBOUR, ORCHARD
from tests.cluster.gitops.timeline import Timeline
from tests.cluster.gitops.workbench import Workbench, operation

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("gitops-hybrid")]

RBAC = "rbac.authorization.k8s.io/v1"
ALL = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
ADMIN = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
PROJECT = f"games-{ORCHARD}"
NAME = "not-allowed"


def _manifest(api_version: str, kind: str, namespace: str | None = None, **rest: object) -> Json:
    metadata = {"name": NAME} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


NOT_ALLOWED = {
    f"resource rbac.authorization.k8s.io:ClusterRole is not permitted in project {PROJECT}": _manifest(
        RBAC, "ClusterRole", rules=ALL
    ),
    f"resource :Namespace is not permitted in project {PROJECT}": _manifest("v1", "Namespace"),
    f"resource rbac.authorization.k8s.io:RoleBinding is not permitted in project {PROJECT}": _manifest(
        RBAC, "RoleBinding", f"games-{ORCHARD}", roleRef=ADMIN
    ),
    f"resource :ConfigMap is not permitted in project {PROJECT}": _manifest("v1", "ConfigMap", "argocd"),
}
"""By what Argo CD says of each."""


def test_what_a_project_does_not_allow_is_refused_by_name(games: Workbench, timeline: Timeline) -> None:
    before = games.fleet(APPLES)["spec"]
    fleet = yaml.safe_load((games.dist / PROJECT / f"Fleet.{APPLES}.k8s.yaml").read_text())
    stray = fleet | {"metadata": {"name": NAME, "namespace": f"games-{HARBOUR}"}}
    attempts = NOT_ALLOWED | {f"namespace games-{HARBOUR} is not permitted in project '{PROJECT}'": stray}
    for number, manifest in enumerate(attempts.values()):
        (games.dist / PROJECT / f"{NAME}-{number}.yaml").write_text(yaml.safe_dump(manifest))
    games.push("A tenant's folder with what is not the tenant's")
    timeline.begin(f"commit: {len(attempts)} objects that project {PROJECT} does not allow")
    games.wait_app(PROJECT, "to refuse them all", partial(_says, told=list(attempts)))
    for told, manifest in attempts.items():
        timeline.mark(told)
        assert games.api.find(manifest) is None
    assert games.fleet(APPLES)["spec"] == before

    games.merge("Without them")
    games.wait_settled(PROJECT)
    timeline.mark("all well after the next commit")


def _says(app: Json, told: list[str]) -> bool:
    message = operation(app).get("message", "")
    return all(each in message for each in told)
