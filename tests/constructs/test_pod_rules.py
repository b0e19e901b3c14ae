"""The rules for tenants' pods as text; tests/cluster runs them on a real API server."""

import re

import pytest

from apps.policy import template_rules
from homeground import pod_rules, pod_security
from homeground.admission_policy import Rule
from schemas.facts import PortRange

RANGES = [PortRange(min=7000, max=7499), PortRange(min=7500, max=7749)]
GROUPS = {
    "isolation": pod_rules.isolation(),
    "restricted": pod_security.restricted(),
    "resources": pod_rules.resources(),
    "placement": pod_rules.placement(),
    "identity": pod_rules.identity(),
    "host ports": pod_security.host_ports(RANGES),
}
EVERY = [rule for rules in GROUPS.values() for rule in rules]


def messages(group: str) -> list[str]:
    return [rule.message for rule in GROUPS[group]]


def expression(message: str) -> str:
    (rule,) = (rule for rule in EVERY if rule.message == message)
    return rule.expression


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.message)
def test_every_rule_is_balanced_and_uses_only_variables_that_are_declared(rule: Rule) -> None:
    without_text = re.sub(r"'[^']*'", "", rule.expression)
    for opening, closing in ("()", "[]", "{}"):
        assert without_text.count(opening) == without_text.count(closing)
    declared = {name for name, _ in pod_rules.variables("object")}
    assert set(re.findall(r"variables\.(\w+)", rule.expression)) <= declared


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.message)
def test_every_field_that_a_rule_reads_is_first_asked_for(rule: Rule) -> None:
    for field in ("securityContext", "nodeSelector", "tolerations", "priorityClassName", "schedulerName", "volumes"):
        if match := re.search(rf"[\w.]*\b{field}\b", rule.expression):
            assert f"has({match[0].removeprefix('has(')})" in rule.expression


def test_a_variable_uses_only_those_before_it() -> None:
    known: set[str] = set()
    for name, cel in pod_rules.variables("object.spec.template"):
        assert set(re.findall(r"variables\.(\w+)", cel)) <= known
        known.add(name)
    assert ("spec", "object.spec.template.spec") in pod_rules.variables("object.spec.template")


def test_all_of_a_pods_containers_are_judged_its_init_containers_too() -> None:
    variables = dict(pod_rules.variables("object"))
    assert variables["containers"] == "variables.spec.containers + variables.inits"
    assert "initContainers" in variables["inits"]


def test_only_agones_own_image_under_its_own_name_is_exempt() -> None:
    games = dict(pod_rules.variables("object"))["games"]
    assert "c.name == 'agones-gameserver-sidecar'" in games
    assert "c.image == 'us-docker.pkg.dev/agones-images/release/agones-sdk:1.59.0'" in games
    assert "only Agones' own image may be called agones-gameserver-sidecar" in messages("identity")


def test_isolation_asks_for_the_runtime_class_and_forbids_katas_annotations() -> None:
    wanted = expression("runtimeClassName must be kata-qemu-runtime-rs")
    assert wanted.endswith("variables.spec.runtimeClassName == 'kata-qemu-runtime-rs'")
    annotation = "annotations io.katacontainers.* reconfigure the sandbox and are not allowed"
    assert "exists(k, k.startsWith('io.katacontainers.'))" in expression(annotation)
    assert {"hostNetwork is not allowed", "hostPID is not allowed", "hostIPC is not allowed"} < set(
        messages("isolation")
    )


def test_host_paths_are_not_among_the_volumes() -> None:
    allowed = {"configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected"}
    (rule,) = (rule for rule in GROUPS["isolation"] if rule.message.startswith("volumes"))
    assert set(re.findall(r"has\(v\.(\w+)\)", rule.expression)) == allowed


def test_restricted_is_pod_securitys_standard_and_a_read_only_root() -> None:
    assert messages("restricted") == [
        "privileged containers are not allowed",
        "every container must set allowPrivilegeEscalation: false",
        "every container must drop ALL capabilities",
        "no container may add capabilities",
        "every container must set readOnlyRootFilesystem: true",
        "procMount must be Default",
        "the pod must set securityContext.runAsNonRoot: true",
        "no container may undo runAsNonRoot",
        "the pod must not run as user 0",
        "no container may run as user 0",
        "the pod must set seccompProfile RuntimeDefault",
        "no container may undo the seccomp profile",
        *("appArmorProfile may not be changed", "appArmorProfile may not be changed"),  # by the pod, by a container
        *("seLinuxOptions may not be changed", "seLinuxOptions may not be changed"),
        *(f"{probe} may not name a host" for probe in ("livenessProbe", "readinessProbe", "startupProbe")),
        *(f"lifecycle.{hook} may not name a host" for hook in ("postStart", "preStop")),
        "sysctls are not allowed",
    ]


def test_game_servers_stay_on_runners() -> None:
    wanted = expression("nodeSelector must contain homeground.dev/runner: 'true'")
    assert "variables.spec.nodeSelector['homeground.dev/runner'] == 'true'" in wanted


def test_only_what_agones_needs_in_a_partition_is_tolerated() -> None:
    (rule,) = (rule for rule in GROUPS["placement"] if rule.message.startswith("tolerations"))
    keys = re.findall(r"'([^']+)'", rule.expression)
    assert keys == ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]


def test_a_pod_may_not_choose_its_node_but_keeps_the_one_it_was_given() -> None:
    message = "nodeName is not allowed: the scheduler picks the node"
    assert expression(message).startswith("!(true) || ")
    (at_creation,) = (r for r in pod_rules.placement("request.operation == 'CREATE'") if r.message == message)
    assert at_creation.expression.startswith("!(request.operation == 'CREATE') || ")


def test_every_container_needs_both_limits() -> None:
    assert messages("resources")[:2] == ["every container needs a cpu limit", "every container needs a memory limit"]


def test_host_ports_lie_in_one_of_the_clusters_ranges() -> None:
    (rule,) = GROUPS["host ports"]
    first, second = "(p.hostPort >= 7000 && p.hostPort <= 7499)", "(p.hostPort >= 7500 && p.hostPort <= 7749)"
    assert rule.expression.endswith(f"p.hostPort == 0 || {first} || {second}))")


def test_templates_are_judged_by_all_rules_but_the_host_ports_which_agones_picks_later() -> None:
    expected = [rule for name, rules in GROUPS.items() if name != "host ports" for rule in rules]
    assert template_rules() == [*expected, *pod_rules.templates()]
