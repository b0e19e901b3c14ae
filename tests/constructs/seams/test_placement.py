"""What failover needs stands outside home, and fits there.

Always on in `hybrid`, in MiB: kubeadm's 1024 + 256 + 128 + 256 + 2 * 70 = 1804; Argo CD 512 + 256 + 128 + 64 = 960;
Calico 96 + 64 + 64 + 64 = 288; csi-s3's provisioner 64; MetalLB's controller 64; cert-manager 64 + 32 + 96 = 192;
sealed-secrets 32; Agones 4 * 128 = 512; Open Match 96 + 3 * 64 = 288; Valkey 384; failover 128: together 4716.
kubelet keeps 1024 and the DaemonSets on that node (64 + 128 + 64) 256: 5996 MiB of memory.
"""

from dataclasses import replace

import pytest

from homeground.helm_chart import HelmRelease, LockedChart
from homeground.problem import Problem
from homeground.seams import placement
from tests.constructs.seams.case import HYBRID, Case, Edit, Neighbour, broken, right
from tests.constructs.seams.edits import both, fact, of, value_of, without
from tests.constructs.seams.world import World

DEPLOYMENT = "dist/hybrid/open-match/Deployment.open-match-query.k8s.yaml"
STATEFUL_SET = "dist/hybrid/open-match/StatefulSet.valkey.k8s.yaml"
SELECTOR = "homeground.dev/always-on: 'true'"
TOLERATION = "a toleration of node-role.kubernetes.io/control-plane"
EVERY_TAINT = "a toleration of every taint, homeground.dev/quarantine too"
MACHINE = "    cpu: 4\n    memory: 16Gi"
CONTROL_PLANE_OF_CHARTS = [
    ("agones", "agones", "agones.controller"),
    ("agones", "agones", "agones.extensions"),
    ("certificates", "cert-manager", "webhook"),
    ("certificates", "cert-manager", "cainjector"),
    ("loadbalancer", "metallb", "controller"),
    ("certificates", "cert-manager", ""),
    ("secrets", "sealed-secrets", ""),
    ("storage", "csi-s3", ""),
    ("network", "tigera-operator", ""),
]


def with_chart(name: str) -> Edit:
    """The app `secrets` also installs a chart that nobody has met."""

    def edit(world: World) -> None:
        [app] = [app for app in world.rendered[0][1] if app.props.name == "secrets"]
        new = HelmRelease(LockedChart("https://charts.example", name, "1.0.0", "1.0.0", ()), name, {})
        app.props = replace(app.props, releases=[*app.props.releases, new])

    return edit


def uncounted(world: World) -> None:
    """The operator runs, but nothing is reckoned with for it."""
    [app] = [app for app in world.rendered[0][1] if app.props.name == "failover"]
    app.props = replace(app.props, workloads=[])


def argocd_unplaced(kind: str) -> Edit:
    """Argo CD's own manifests are no longer patched onto always-on nodes."""

    def edit(world: World) -> None:
        [app] = [app for app in world.rendered[0][1] if app.props.name == "argocd"]
        [source] = app.props.sources
        patches = source["kustomize"]["patches"]
        kept = [patch for patch in patches if patch["target"].get("kind") != kind or "name" in patch["target"]]
        app.props = replace(app.props, sources=[{**source, "kustomize": {"patches": kept}}])

    return edit


BROKEN = [
    *(
        Case(
            placement.argocd_is_placed,
            argocd_unplaced(kind),
            Problem("apps/argocd/install.py", 0, f"patch of every {kind} nodeSelector", "{}", SELECTOR),
        )
        for kind in ("Deployment", "StatefulSet")
    ),
    Case(
        placement.control_plane_exists,
        fact(HYBRID, "roles: [control-plane]", "roles: [edge]"),
        Problem(HYBRID, 35, "nodes", "no node with the role control-plane", "at least one"),
    ),
    Case(
        placement.always_on_survives_home,
        fact(HYBRID, "    alwaysOn: true\n", ""),
        Problem(HYBRID, 35, "nodes", "no node with alwaysOn: true", "at least one"),
    ),
    Case(
        placement.always_on_survives_home,
        fact(HYBRID, "    address: 10.240.0.37\n", "    address: 10.240.0.37\n    alwaysOn: true\n"),
        Problem(HYBRID, 67, "nodes[2].alwaysOn", "true at home", "a node of cloud: it must survive the loss of home"),
    ),
    Case(
        placement.survivors_are_placed,
        of("Deployment", "open-match-query", "spec.template.spec.nodeSelector"),
        Problem(DEPLOYMENT, 0, "spec.template.spec.nodeSelector", "{}", SELECTOR),
    ),
    Case(
        placement.survivors_are_placed,
        of("StatefulSet", "valkey", "spec.template.spec.tolerations", []),
        Problem(STATEFUL_SET, 0, "spec.template.spec.tolerations", "[]", TOLERATION),
    ),
    *(
        Case(
            placement.survivors_are_placed,
            value_of(chart, f"{path}.nodeSelector".lstrip(".")),
            Problem(f"apps/{app}.py", 0, f"{chart} {path}.nodeSelector".replace(" .", " "), "{}", SELECTOR),
        )
        for app, chart, path in CONTROL_PLANE_OF_CHARTS
    ),
    Case(
        placement.survivors_are_placed,
        value_of("metallb", "controller.nodeSelector", {"homeground.dev/site": "home"}),
        Problem(
            "apps/loadbalancer.py",
            0,
            "metallb controller.nodeSelector",
            "{'homeground.dev/site': 'home'}",
            SELECTOR,
        ),
    ),
    Case(
        placement.survivors_are_placed,
        value_of("agones", "agones.extensions.tolerations", [{"key": "dedicated", "operator": "Exists"}]),
        Problem(
            "apps/agones.py",
            0,
            "agones agones.extensions.tolerations",
            "[{'key': 'dedicated', 'operator': 'Exists'}]",
            TOLERATION,
        ),
    ),
    Case(
        placement.survivors_are_placed,
        value_of("csi-s3", "tolerations.controller"),
        Problem("apps/storage.py", 0, "csi-s3 tolerations", "[]", TOLERATION),
    ),
    Case(
        placement.survivors_are_placed,
        with_chart("prometheus"),
        Problem(
            "apps/secrets.py",
            0,
            "prometheus",
            "a chart that no one placed",
            "its values in seams/placement.py, PLACED",
        ),
    ),
    Case(  # the smallest pods go last, in the order of their names
        placement.survivors_fit,
        fact(HYBRID, MACHINE, "    cpu: 4\n    memory: 6443Mi"),
        Problem(
            HYBRID,
            35,
            "nodes",
            "sealed-secrets-controller without room",
            "always-on nodes that hold 2570m CPU and 5164Mi beside DaemonSets",
        ),
    ),
    Case(
        placement.daemons_reach_temporary_nodes,
        value_of("kata-deploy", "tolerations", []),
        Problem("apps/kata.py", 0, "kata-deploy tolerations", "[]", EVERY_TAINT),
    ),
    Case(
        placement.daemons_reach_temporary_nodes,
        value_of("csi-s3", "tolerations.all", False),
        Problem("apps/storage.py", 0, "csi-s3 tolerations.all", "False", EVERY_TAINT),
    ),
    Case(
        placement.daemons_reach_temporary_nodes,
        both(
            fact("games/domination.yaml", "csi-s3", "mountpoint-s3"),
            value_of("aws-mountpoint-s3-csi-driver", "node.tolerateAllTaints"),
        ),
        Problem("apps/storage.py", 0, "aws-mountpoint-s3-csi-driver node.tolerateAllTaints", "None", EVERY_TAINT),
    ),
]

QUERY = "{'cpu': '50m', 'memory': '96Mi'}"
CALICO_NODE = "spec.calicoNodeDaemonSet.spec.template.spec.tolerations"
NO_OPERATOR = Problem(
    "apps/failover.py", 0, "", "no failover operator on always-on nodes", "one: nobody else moves anything"
)
BROKEN += [
    Case(
        placement.survivors_are_counted,
        of("Deployment", "open-match-query", "spec.replicas", 2),
        Problem(DEPLOYMENT, 0, "spec", f"2 of [{QUERY}]", f"1 of [{QUERY}], as its Workload says"),
    ),
    Case(
        placement.survivors_are_counted,
        of("StatefulSet", "valkey", "spec.template.spec.containers.0.resources.requests.memory", "512Mi"),
        Problem(
            STATEFUL_SET,
            0,
            "spec",
            "1 of [{'cpu': '50m', 'memory': '512Mi'}]",
            "1 of [{'cpu': '50m', 'memory': '384Mi'}], as its Workload says",
        ),
    ),
    Case(
        placement.survivors_are_counted,
        of("Deployment", "open-match-query", "metadata.name", "other"),
        Problem(
            "dist/hybrid/open-match/Deployment.other.k8s.yaml",
            0,
            "",
            "no Workload of its name",
            "one among the workloads of its app",
        ),
    ),
    Case(placement.operator_survives, without("failover", "Deployment", "failover"), NO_OPERATOR),
    Case(placement.operator_survives, uncounted, NO_OPERATOR),
    Case(
        placement.daemons_reach_temporary_nodes,
        of("Installation", "default", CALICO_NODE, [{"key": "dedicated", "operator": "Exists"}]),
        Problem(
            "dist/hybrid/network/Installation.default.k8s.yaml",
            0,
            CALICO_NODE,
            "[{'key': 'dedicated', 'operator': 'Exists'}]",
            EVERY_TAINT,
        ),
    ),
]

RIGHT = [
    Neighbour(
        placement.operator_survives,
        lambda world: world.write(HYBRID, _without_temporary_nodes(world)),
        "no temporary nodes, no operator",
    ),
    Neighbour(
        placement.daemons_reach_temporary_nodes,
        of("Installation", "default", CALICO_NODE, [{"operator": "Exists"}]),
        "calico-node's own toleration, written out",
    ),
    Neighbour(
        placement.always_on_survives_home,
        fact(HYBRID, "    address: 10.240.0.37\n", "    address: 10.240.0.37\n    alwaysOn: false\n"),
        "the edge node says no",
    ),
    Neighbour(
        placement.survivors_are_placed,
        value_of(
            "agones",
            "agones.controller.nodeSelector",
            {"homeground.dev/always-on": "true", "kubernetes.io/os": "linux"},
        ),
        "another label beside ours",
    ),
    Neighbour(
        placement.survivors_are_placed,
        fact("games/domination.yaml", "csi-s3", "mountpoint-s3"),
        "Mountpoint's controller",
    ),
    Neighbour(
        placement.survivors_fit, fact(HYBRID, MACHINE, "    cpu: 4\n    memory: 6444Mi"), "exactly enough memory"
    ),
    Neighbour(  # 2570 + 170 of DaemonSets + 250 of kubelet's
        placement.survivors_fit, fact(HYBRID, MACHINE, "    cpu: 2990m\n    memory: 16Gi"), "exactly enough CPU"
    ),
    Neighbour(
        placement.daemons_reach_temporary_nodes,
        both(
            lambda world: world.write(HYBRID, _without_temporary_nodes(world)),
            value_of("kata-deploy", "tolerations", [{"key": "katacontainers.io/kata-runtime"}]),
        ),
        "no temporary nodes",
    ),
]


def _without_temporary_nodes(world: World) -> str:
    text = (world.root / HYBRID).read_text()
    return text[: text.index("temporaryNodes:")] + text[text.index("tenantLimits:") :]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
