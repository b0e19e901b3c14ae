"""What failover needs runs where home's loss does not reach it, and fits there."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from homeground import capacity, failover, labels, quantity
from homeground.platform import Platform
from homeground.problem import Problem
from homeground.seams.synthesis import Synthesis, at
from homeground.workload import ALWAYS_ON_SELECTOR

PLACED: Mapping[str, tuple[str, ...]] = {
    "agones": ("agones.controller", "agones.extensions"),
    "aws-mountpoint-s3-csi-driver": ("controller",),
    "cert-manager": ("", "webhook", "cainjector"),
    "crd.projectcalico.org.v1": (),
    "csi-s3": ("",),
    "kata-deploy": (),  # a DaemonSet, on runners
    "metallb": ("controller",),  # speakers stand at home
    "sealed-secrets": ("",),
    "tigera-operator": ("",),
}
"""Every chart, and where its values place its Deployments and StatefulSets."""


def always_on_survives_home(platform: Platform) -> Iterator[Problem]:
    """There is an always-on node, and it does not stand at home when there is a cloud to stand in."""
    clouds = {site.name for site in platform.cluster.sites if site.kind == "cloud"}
    if not platform.always_on:
        yield platform.source.problem(("nodes",), "no node with alwaysOn: true", "at least one")
    for index, node in enumerate(platform.cluster.nodes):
        if node.always_on and clouds and node.site not in clouds:
            expected = f"a node of {', '.join(sorted(clouds))}: it must survive the loss of home"
            yield platform.source.problem(("nodes", index, "alwaysOn"), f"true at {node.site}", expected)


def control_plane_exists(platform: Platform) -> Iterator[Problem]:
    """There is a control-plane node: tenants may reach its address alone, and no address would mean any."""
    if not platform.api_servers:
        yield platform.source.problem(("nodes",), "no node with the role control-plane", "at least one")


def survivors_are_placed(synthesis: Synthesis) -> Iterator[Problem]:
    """Every Deployment and StatefulSet, ours or a chart's, selects always-on nodes and tolerates their taint."""
    for rendered in synthesis.of_kind("Deployment", "StatefulSet"):
        pod = at(rendered.manifest, "spec.template.spec") or {}
        yield from (rendered.problem(*wrong) for wrong in _misplaced("spec.template.spec.", pod))
    for app in synthesis.apps:
        for release in app.props.releases:
            file, chart = f"apps/{app.props.name}.py", release.chart.name
            if chart not in PLACED:
                yield Problem(file, 0, chart, "a chart that no one placed", "its values in seams/placement.py, PLACED")
            for path in PLACED.get(chart, ()):
                values = (at(release.values, path) or {}) if path else release.values
                where = f"{chart} {path}." if path else f"{chart} "
                yield from (Problem(file, 0, *wrong) for wrong in _misplaced(where, values))


def _misplaced(where: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    selector = values.get("nodeSelector") or {}
    if not ALWAYS_ON_SELECTOR.items() <= selector.items():
        yield f"{where}nodeSelector", str(selector), f"{labels.ALWAYS_ON}: 'true'"
    tolerations = values.get("tolerations") or []
    if isinstance(tolerations, Mapping):  # csi-s3: one list a component
        tolerations = tolerations.get("controller", [])
    if not any(t.get("key", labels.CONTROL_PLANE) == labels.CONTROL_PLANE for t in tolerations):
        yield f"{where}tolerations", str(tolerations), f"a toleration of {labels.CONTROL_PLANE}"


def argocd_is_placed(synthesis: Synthesis) -> Iterator[Problem]:
    """Argo CD's own manifests are patched onto always-on nodes too: a StatefulSet's pod on a dead node stays there."""
    for app in synthesis.apps:
        for source in app.props.sources:
            patches = at(source, "kustomize.patches") or []
            for kind in ("Deployment", "StatefulSet"):
                everyone = [
                    p["patch"] for p in patches if p["target"].get("kind") == kind and "name" not in p["target"]
                ]
                pod: dict[str, Any] = {}
                for patch in everyone:
                    pod |= at(yaml.safe_load(patch), "spec.template.spec") or {}
                for field, found, expected in _misplaced(f"patch of every {kind} ", pod):
                    yield Problem(f"apps/{app.props.name}/install.py", 0, field, found, expected)


def survivors_are_counted(synthesis: Synthesis) -> Iterator[Problem]:
    """What `survivors_fit` adds up is what runs: our Deployments and StatefulSets, each with its replicas and size."""
    for rendered in synthesis.of_kind("Deployment", "StatefulSet"):
        known = {workload.name: workload for workload in rendered.app.props.workloads}
        if rendered.name not in known:
            yield rendered.problem("", "no Workload of its name", "one among the workloads of its app")
            continue
        workload = known[rendered.name]
        asked = [at(c, "resources.requests") or {} for c in at(rendered.manifest, "spec.template.spec.containers")]
        found = f"{rendered.spec.get('replicas', 1)} of {asked}"
        expected = f"{workload.replicas} of {[workload.resources()['requests']]}"
        if found != expected:
            yield rendered.problem("spec", found, f"{expected}, as its Workload says")


def operator_survives(synthesis: Synthesis) -> Iterator[Problem]:
    """Where machines may stand in for dead ones, the failover operator is there, and is counted to what survives."""
    if not synthesis.platform.cluster.temporary_nodes:
        return
    deployed = {rendered.name for rendered in synthesis.of_kind("Deployment")}
    counted = {workload.name for workload in synthesis.workloads if workload.runs_on == "always-on"}
    if failover.NAME not in deployed & counted:
        yield Problem(
            "apps/failover.py", 0, "", "no failover operator on always-on nodes", "one: nobody else moves anything"
        )


def survivors_fit(synthesis: Synthesis) -> Iterator[Problem]:
    """With home dead, everything that failover needs fits the always-on nodes."""
    platform = synthesis.platform
    rooms = capacity.rooms(platform, synthesis.workloads)
    homeless = capacity.place_survivors(platform, rooms, synthesis.workloads)
    if homeless:
        pods = [w for w in synthesis.workloads if w.runs_on == "always-on"]
        cpu, memory = (sum(getattr(w, what) * w.replicas for w in pods) for what in ("cpu", "memory"))
        found = f"{', '.join(w.name for w in homeless)} without room"
        expected = f"always-on nodes that hold {quantity.cpu(cpu)} CPU and {quantity.memory(memory)} beside DaemonSets"
        yield platform.source.problem(("nodes",), found, expected)


TOLERATING = (
    ("kata-deploy", "tolerations"),
    ("csi-s3", "tolerations.all"),
    ("aws-mountpoint-s3-csi-driver", "node.tolerateAllTaints"),
)
"""DaemonSets that a temporary node needs before its quarantine is lifted, and the value that lets them in."""

CALICO_NODE = "spec.calicoNodeDaemonSet.spec.template.spec.tolerations"
"""Replaces what the operator gives calico-node by itself (tigera-operator, pkg/render/node.go)."""


def daemons_reach_temporary_nodes(synthesis: Synthesis) -> Iterator[Problem]:
    """A temporary node joins in quarantine; without network, Kata and storage on it that would never be lifted.

    kubeadm's kube-proxy tolerates everything, and so does calico-node, unless the Installation says otherwise.
    """
    if not synthesis.platform.cluster.temporary_nodes:
        return
    for rendered in synthesis.of_kind("Installation"):
        own = at(rendered.manifest, CALICO_NODE)
        if own is not None and {"operator": "Exists"} not in own:
            yield rendered.problem(CALICO_NODE, own, f"a toleration of every taint, {labels.QUARANTINE} too")
    for chart, path in TOLERATING:
        values = synthesis.values(chart)
        if values is None:
            continue
        value = at(values, path)
        if value is not True and value != [{"operator": "Exists"}]:
            expected = f"a toleration of every taint, {labels.QUARANTINE} too"
            yield Problem(synthesis.module_of(chart), 0, f"{chart} {path}", str(value), expected)
