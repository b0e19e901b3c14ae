"""RuntimeClass, Fleet and the cgroups below them."""

import json
from collections.abc import Iterator
from typing import Any

from homeground.problem import Problem
from homeground.seams.synthesis import Rendered, Synthesis, at

CGROUP_V1 = ("systemd.unified_cgroup_hierarchy=0", "cgroupfs")


def game_pods(synthesis: Synthesis) -> Iterator[tuple[Rendered, Any]]:
    """Every Fleet with the spec of its pods."""
    for rendered in synthesis.of_kind("Fleet"):
        yield rendered, at(rendered.manifest, "spec.template.spec.template.spec") or {}


def selectors_agree(synthesis: Synthesis) -> Iterator[Problem]:
    """A Fleet and its RuntimeClass never give one label two values: admission would refuse every pod.

    And the class it names is there.
    """
    classes = {rendered.name: rendered for rendered in synthesis.of_kind("RuntimeClass")}
    for rendered, pod in game_pods(synthesis):
        name = pod.get("runtimeClassName", "nothing")
        if name not in classes:
            yield rendered.problem("runtimeClassName", name, f"one of {', '.join(classes)}")
            continue
        theirs = at(classes[name].manifest, "scheduling.nodeSelector") or {}
        for key in sorted(set(theirs) & set(pod.get("nodeSelector", {}))):
            if theirs[key] != pod["nodeSelector"][key]:
                found = f"{key}={pod['nodeSelector'][key]}"
                yield rendered.problem("nodeSelector", found, f"{key}={theirs[key]}, as RuntimeClass {name} says")


def overhead_is_set(synthesis: Synthesis) -> Iterator[Problem]:
    """A RuntimeClass of a VM charges for it; the scheduler would overfill the node by 320 MiB a server."""
    for rendered in synthesis.of_kind("RuntimeClass"):
        overhead = at(rendered.manifest, "overhead.podFixed") or {}
        if rendered.manifest["handler"] != "runc" and not {"cpu", "memory"} <= set(overhead):
            yield rendered.problem("overhead.podFixed", overhead or "nothing", "cpu and memory of the VM")


def containers_have_limits(synthesis: Synthesis) -> Iterator[Problem]:
    """Kata sizes the VM by limits: a container without a memory limit leaves it 32 MiB."""
    for rendered, pod in game_pods(synthesis):
        for container in [*pod.get("containers", []), *pod.get("initContainers", [])]:
            limits = at(container, "resources.limits") or {}
            if not {"cpu", "memory"} <= set(limits):
                yield rendered.problem(f"containers.{container['name']}.resources.limits", limits, "cpu and memory")


def no_cgroup_v1(synthesis: Synthesis) -> Iterator[Problem]:
    """Never cgroup v1 (the talks' workaround for Kata; kubelet 1.35 refuses to start on it), nor a cgroupfs driver."""
    for rendered in synthesis.objects:
        text = json.dumps(rendered.manifest)
        for word in CGROUP_V1:
            if word in text:
                yield rendered.problem("", word, "cgroup v2 and the systemd driver (KEP-4033)")
