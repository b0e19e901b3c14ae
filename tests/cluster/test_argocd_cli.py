"""What Argo CD's own command line says of our settings, roles, health checks and Applications: no cluster is asked.

`argocd admin settings validate` looks into few settings (a health check that is no Lua passes), so each one is also
used here, by the command that Argo CD has for it. Not asked: `resource-overrides ignore-resource-updates`, which in
Argo CD 3.5 finds no setting of anybody (GetIgnoreResourceUpdatesOverrides empties the field that the command reads).
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.apps.argocd.test_health import FOLDERS, cases, name, read
from tests.cluster.tools import tool
from tests.program import ROOT

pytestmark = pytest.mark.cluster

SECONDS = 60  # a call takes 0.3 s, and longer on a busy machine
CLUSTERS = ("hybrid", "local")
DIST = ROOT / "dist"
NO_CLUSTER = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "none", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "none", "user": {"token": "none"}}],  # else it asks for a name and a password
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "current-context": "none",
}
"""Some commands want a kubeconfig and then read nothing but files."""

Argocd = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def argocd(tmp_path_factory: pytest.TempPathFactory) -> Argocd:
    """Run `argocd <arguments>` with an empty home and no cluster behind its kubeconfig."""
    home = tmp_path_factory.mktemp("argocd")
    (home / "kubeconfig").write_text(json.dumps(NO_CLUSTER))
    own = {"HOME": str(home), "KUBECONFIG": str(home / "kubeconfig"), "PATH": os.environ["PATH"]}

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(tool("argocd")), *map(str, arguments)]
        return subprocess.run(
            command, env=own, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=SECONDS
        )

    return run


def config_map(cluster: str, name: str) -> Path:
    return DIST / cluster / "argocd" / f"ConfigMap.{name}.k8s.yaml"


def settings(cluster: str = "hybrid") -> str:
    return f"--argocd-cm-path={config_map(cluster, 'argocd-cm')}"


def changed(folder: Path, old: str, new: str) -> str:
    """Our argocd-cm with a mistake in it, as a flag."""
    text = config_map("hybrid", "argocd-cm").read_text()
    assert old in text
    path = folder / "argocd-cm.yaml"
    path.write_text(text.replace(old, new))
    return f"--argocd-cm-path={path}"


# --- settings


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_settings_are_valid(argocd: Argocd, cluster: str) -> None:
    done = argocd("admin", "settings", "validate", settings(cluster))
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("❌")] == []
    assert "✅ resource-overrides" in done.stdout
    health = [key for key in read(config_map(cluster, "argocd-cm"))["data"] if "customizations.health." in key]
    assert len(health) == len(FOLDERS)
    assert f"{len(FOLDERS) + 1} resource overrides" in done.stdout  # and Argo CD's own, of every kind's status


def test_an_unknown_kind_of_setting_is_not_valid(argocd: Argocd, tmp_path: Path) -> None:
    wrong = changed(
        tmp_path, "resource.customizations.health.agones.dev_Fleet:", "resource.customizations.healthy.a_B:"
    )
    done = argocd("admin", "settings", "validate", wrong)
    assert "❌" in done.stdout
    assert "customization type healthy not supported" in done.stdout + done.stderr


# --- health: our Lua in Argo CD's own interpreter


@pytest.mark.parametrize(
    ("folder", "case"),
    [
        pytest.param(folder, case, id=f"{name(folder)}/{Path(case['inputPath']).stem}")
        for folder in FOLDERS
        for case in cases(folder)
    ],
)
def test_argo_cd_comes_to_the_health_that_the_case_says(argocd: Argocd, folder: Path, case: dict[str, Any]) -> None:
    obj = folder / case["inputPath"]
    done = argocd("admin", "settings", "resource-overrides", "health", obj, settings())
    assert done.returncode == 0, done.stderr
    wanted = case["healthStatus"]
    if "deletionTimestamp" in read(obj)["metadata"]:  # Argo CD answers that itself, before it asks a script
        wanted = {"status": "Progressing", "message": "Pending deletion"}
    assert done.stdout == f"STATUS: {wanted['status']}\nMESSAGE: {wanted['message']}\n"


@pytest.mark.parametrize("mistake", ["if total < < wanted then", "if total < string.len('a') then"])
def test_a_script_that_argo_cd_can_not_run_is_found(argocd: Argocd, tmp_path: Path, mistake: str) -> None:
    wrong = changed(tmp_path, "if total < wanted then", mistake)
    obj = FOLDERS[0] / "testdata" / "starting.yaml"
    done = argocd("admin", "settings", "resource-overrides", "health", obj, wrong)
    assert done.returncode != 0
    assert "failed to get resource health" in done.stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_no_setting_hides_a_field_of_the_kinds_we_judge(argocd: Argocd, folder: Path) -> None:
    """What an Application may ignore stands in it, where its reviewers see it."""
    obj = folder / cases(folder)[0]["inputPath"]
    done = argocd("admin", "settings", "resource-overrides", "ignore-differences", obj, settings())
    assert (done.returncode, done.stdout.strip()) == (0, f"Ignore differences are not configured for '{name(folder)}'")


# --- roles

ACTIONS = {
    "applications": ["get", "create", "update", "delete", "sync", "override", "action/agones.dev/Fleet/scale"],
    "logs": ["get"],
    "exec": ["create"],
}
ELSEWHERE = {
    "projects": ["get", "update"],
    "clusters": ["get", "update"],
    "repositories": ["get", "create"],
    "accounts": ["update"],
    "applicationsets": ["get", "create"],
}
Question = tuple[str, str, str]


@cache
def tenants(cluster: str) -> list[str]:
    return sorted(path.name.removeprefix("tenant-") for path in (DIST / cluster).glob("tenant-*"))


def questions(cluster: str, tenant: str) -> list[Question]:
    """(action, resource, object) for each action on Applications near and far, and on what is in no project."""
    others = [f"games-{other}/games-{other}" for other in tenants(cluster) if other != tenant]
    platforms = [f"platform/tenant-{tenant}", "platform/root"]
    objects = [f"games-{tenant}/games-{tenant}", f"games-{tenant}/another", *others, *platforms]
    of_projects = [(action, resource, obj) for resource in ACTIONS for action in ACTIONS[resource] for obj in objects]
    return of_projects + [(action, resource, "*") for resource, actions in ELSEWHERE.items() for action in actions]


def allowed(argocd: Argocd, cluster: str, subject: str, asked: Iterable[Question]) -> set[Question]:
    """What Argo CD would let the subject do."""
    policy = f"--policy-file={config_map(cluster, 'argocd-rbac-cm')}"

    def answer(question: Question) -> bool:
        done = argocd("admin", "settings", "rbac", "can", subject, *question, policy)
        assert done.stdout.strip() in ("Yes", "No"), done.stderr  # an unknown action is neither
        return done.stdout.strip() == "Yes"

    asked = list(asked)
    with ThreadPoolExecutor(2) as pool:
        return {question for question, yes in zip(asked, pool.map(answer, asked), strict=True) if yes}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_policy_is_valid(argocd: Argocd, cluster: str) -> None:
    done = argocd("admin", "settings", "rbac", "validate", f"--policy-file={config_map(cluster, 'argocd-rbac-cm')}")
    assert (done.returncode, done.stdout.strip()) == (0, "Policy is valid."), done.stderr


def test_a_policy_about_what_argo_cd_does_not_have_is_not_valid(argocd: Argocd, tmp_path: Path) -> None:
    (tmp_path / "policy.csv").write_text("p, role:lantern, fleets, get, games-lantern/games-lantern, allow, always\n")
    done = argocd("admin", "settings", "rbac", "validate", f"--policy-file={tmp_path / 'policy.csv'}")
    assert done.returncode != 0


@pytest.mark.slow
@pytest.mark.parametrize("tenant", tenants("hybrid"))
def test_a_tenant_may_see_and_sync_its_own_games_and_nothing_else(argocd: Argocd, tenant: str) -> None:
    own = f"games-{tenant}/games-{tenant}"
    wanted = {("get", "applications", own), ("sync", "applications", own), ("get", "logs", own)}
    assert len(tenants("hybrid")) > 1  # else there is nobody's to keep away from
    assert allowed(argocd, "hybrid", f"homeground:{tenant}", questions("hybrid", tenant)) == wanted


def test_the_platform_s_group_may_do_everything(argocd: Argocd) -> None:
    asked = [("delete", "applications", "platform/agones"), ("update", "clusters", "*"), ("delete", "projects", "*")]
    assert allowed(argocd, "hybrid", "homeground:platform", asked) == set(asked)


@pytest.mark.parametrize("subject", ["somebody", "homeground:nobody", "lantern"])
def test_who_is_in_no_group_may_do_nothing(argocd: Argocd, subject: str) -> None:
    asked = [("get", "applications", "games-lantern/games-lantern"), ("get", "projects", "*"), ("get", "logs", "*/*")]
    assert allowed(argocd, "hybrid", subject, asked) == set()


# --- Applications and projects: what Argo CD's own types make of them


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize(("kind", "command"), [("Application", "app"), ("AppProject", "proj")])
def test_argo_cd_s_types_know_every_field(argocd: Argocd, cluster: str, kind: str, command: str) -> None:
    paths = sorted((DIST / cluster / "argocd").glob(f"{kind}.*"))
    assert len(paths) > 1
    for path in paths:
        done = argocd("admin", command, "generate-spec", "--file", path)
        assert done.returncode == 0, done.stderr
        assert yaml.safe_load(done.stdout)["spec"] == read(path)["spec"], path.name


def test_a_field_that_argo_cd_does_not_know_vanishes(argocd: Argocd, tmp_path: Path) -> None:
    path = DIST / "local" / "argocd" / "Application.agones.k8s.yaml"
    wrong = tmp_path / "application.yaml"
    wrong.write_text(path.read_text().replace("  syncPolicy:\n", "  syncPolicies:\n"))
    done = argocd("admin", "app", "generate-spec", "--file", wrong)
    assert "syncPolicies" in read(wrong)["spec"]
    assert "syncPolicies" not in yaml.safe_load(done.stdout)["spec"]
