"""Pod Security's `restricted` level, re-created as CEL but for host ports, which Agones needs and which rule it out."""

from collections.abc import Iterable

from homeground.admission_policy import Rule
from homeground.pod_rules import every
from schemas.facts import PortRange


def restricted() -> list[Rule]:
    """The `restricted` Pod Security Standard, but for host ports."""
    context = "has(c.securityContext) && has(c.securityContext.{0})"
    unset_or = "!has(c.securityContext) || !has(c.securityContext.{0}) || c.securityContext.{0} == {1}"
    pod_context = "has(variables.spec.securityContext) && has(variables.spec.securityContext.{0})"
    profiles = "['RuntimeDefault', 'Localhost']"
    return [
        every("containers", unset_or.format("privileged", "false"), "privileged containers are not allowed"),
        every(
            "containers",
            context.format("allowPrivilegeEscalation") + " && c.securityContext.allowPrivilegeEscalation == false",
            "every container must set allowPrivilegeEscalation: false",
        ),
        every(
            "games",
            context.format("capabilities")
            + " && has(c.securityContext.capabilities.drop) && 'ALL' in c.securityContext.capabilities.drop",
            "every container must drop ALL capabilities",
        ),
        every(
            "containers",
            "!has(c.securityContext) || !has(c.securityContext.capabilities) "
            "|| !has(c.securityContext.capabilities.add) || size(c.securityContext.capabilities.add) == 0",
            "no container may add capabilities",
        ),
        every(
            "games",
            context.format("readOnlyRootFilesystem") + " && c.securityContext.readOnlyRootFilesystem",
            "every container must set readOnlyRootFilesystem: true",
        ),
        every("containers", unset_or.format("procMount", "'Default'"), "procMount must be Default"),
        Rule(
            pod_context.format("runAsNonRoot") + " && variables.spec.securityContext.runAsNonRoot",
            "the pod must set securityContext.runAsNonRoot: true",
        ),
        every("containers", unset_or.format("runAsNonRoot", "true"), "no container may undo runAsNonRoot"),
        Rule(
            f"!({pod_context.format('runAsUser')}) || variables.spec.securityContext.runAsUser > 0",
            "the pod must not run as user 0",
        ),
        every(
            "containers",
            "!has(c.securityContext) || !has(c.securityContext.runAsUser) || c.securityContext.runAsUser > 0",
            "no container may run as user 0",
        ),
        Rule(
            pod_context.format("seccompProfile")
            + f" && variables.spec.securityContext.seccompProfile.type in {profiles}",
            "the pod must set seccompProfile RuntimeDefault",
        ),
        every(
            "containers",
            "!has(c.securityContext) || !has(c.securityContext.seccompProfile) "
            f"|| c.securityContext.seccompProfile.type in {profiles}",
            "no container may undo the seccomp profile",
        ),
        *_security_modules(),
        *(
            every("containers", f"!has(c.{probe}) || ({_NO_HOST.format(f'c.{probe}')})", f"{probe} may not name a host")
            for probe in ("livenessProbe", "readinessProbe", "startupProbe")
        ),
        *(
            every(
                "containers",
                f"!has(c.lifecycle) || !has(c.lifecycle.{hook}) || ({_NO_HOST.format(f'c.lifecycle.{hook}')})",
                f"lifecycle.{hook} may not name a host",
            )
            for hook in ("postStart", "preStop")
        ),
        Rule(
            f"!({pod_context.format('sysctls')}) || size(variables.spec.securityContext.sysctls) == 0",
            "sysctls are not allowed",
        ),
    ]


_NO_HOST = (
    "(!has({0}.httpGet) || !has({0}.httpGet.host) || {0}.httpGet.host == '') && "
    "(!has({0}.tcpSocket) || !has({0}.tcpSocket.host) || {0}.tcpSocket.host == '')"
)
"""kubelet asks probes from the node: with a host of its own a pod would reach what its network policy denies."""


def _security_modules() -> list[Rule]:
    """AppArmor and SELinux stay as the runtime sets them, for the pod and for each container."""
    rules = []
    for field, allowed in (
        ("appArmorProfile", "{0}.appArmorProfile.type in ['RuntimeDefault', 'Localhost']"),
        ("seLinuxOptions", "false"),
    ):
        unset = "!has({0}) || !has({0}." + field + ") || " + allowed
        message = f"{field} may not be changed"
        rules.append(Rule(unset.format("variables.spec.securityContext"), message))
        rules.append(every("containers", unset.format("c.securityContext"), message))
    return rules


def host_ports(ranges: Iterable[PortRange]) -> list[Rule]:
    """Only the ports that routers and firewalls open for games."""
    inside = " || ".join(f"(p.hostPort >= {r.min} && p.hostPort <= {r.max})" for r in ranges)
    return [
        every(
            "containers",
            f"!has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0 || {inside})",
            "host ports must lie in the cluster's game port ranges",
        )
    ]
