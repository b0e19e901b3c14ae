"""Untrusted code stays in its box."""

from collections.abc import Iterator

from homeground.platform import Platform
from homeground.problem import Problem

NESTING = ("n1-", "n2-", "c2-", "c3-", "c4-", "n4-", "m3-")
"""GCE families with nested virtualisation: Intel, L1 hypervisor KVM. Not E2, AMD (n2d, c3d) or Arm (t2a, c4a)."""


def runc_is_trusted(platform: Platform) -> Iterator[Problem]:
    """Plain containers only where the cluster declares that every game's code is trusted."""
    cluster = platform.cluster
    if cluster.isolation == "runc" and not cluster.trusted:
        expected = "kata; runc only on a cluster that says `trusted: true`"
        yield platform.source.problem(("isolation",), "runc", expected)


def machines_can_nest(platform: Platform) -> Iterator[Problem]:
    """Kata needs /dev/kvm, which only some machine types offer inside a VM."""
    temporary = platform.cluster.temporary_nodes
    if not temporary or platform.cluster.isolation != "kata":
        return
    for index, machine in enumerate(temporary.machine_types):
        if not machine.name.startswith(NESTING):
            path = ("temporaryNodes", "machineTypes", index, "name")
            expected = f"a family with nested virtualisation: {', '.join(name.rstrip('-') for name in NESTING)}"
            yield platform.source.problem(path, machine.name, expected)
