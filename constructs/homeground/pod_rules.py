"""What a pod in a tenant's namespace must be like, as CEL.

hostPort rules out the `restricted` Pod Security level, so it is re-created here, together with what it does not
know: the RuntimeClass, Kata's annotations, limits, placement. `pod` is the expression that leads to an object
with metadata and spec, so that the same rules judge a Pod, a GameServer's template and a Fleet's.
"""

from collections.abc import Iterable

from homeground import labels, sdk_sidecar
from homeground.admission_policy import Rule
from schemas.facts import PortRange

Variables = list[tuple[str, str]]

VOLUMES = ("configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected")
TOLERATED = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def variables(pod: str) -> Variables:
    """CEL variables that the rules below use."""
    return [
        ("pod", pod),
        ("spec", f"{pod}.spec"),
        ("inits", "has(variables.spec.initContainers) ? variables.spec.initContainers : []"),
        ("containers", "variables.spec.containers + variables.inits"),
        (
            "games",  # the SDK sidecar is Agones' own: exempt from what Agones does not set, by its exact image
            f"variables.containers.filter(c, !(c.name == '{sdk_sidecar.NAME}' && c.image == '{sdk_sidecar.IMAGE}'))",
        ),
    ]


def isolation() -> list[Rule]:
    """Untrusted code stays in its micro-VM. Kata lets most of its annotations through ungated, so none may pass."""
    return [
        Rule(
            f"has(variables.spec.runtimeClassName) && variables.spec.runtimeClassName == '{labels.RUNTIME_CLASS}'",
            f"runtimeClassName must be {labels.RUNTIME_CLASS}",
        ),
        Rule(
            "!has(variables.pod.metadata) || !has(variables.pod.metadata.annotations) || "
            "!variables.pod.metadata.annotations.exists(k, k.startsWith('io.katacontainers.'))",
            "annotations io.katacontainers.* reconfigure the sandbox and are not allowed",
        ),
        *(
            Rule(f"!has(variables.spec.{name}) || variables.spec.{name} == false", f"{name} is not allowed")
            for name in ("hostNetwork", "hostPID", "hostIPC")
        ),
        Rule(
            "!has(variables.spec.volumes) || variables.spec.volumes.all(v, "
            + " || ".join(f"has(v.{kind})" for kind in VOLUMES)
            + ")",
            f"volumes may only be {', '.join(VOLUMES)}",
        ),
    ]


def restricted() -> list[Rule]:
    """The `restricted` Pod Security Standard, but for host ports."""
    context = "has(c.securityContext) && has(c.securityContext.{0})"
    unset_or = "!has(c.securityContext) || !has(c.securityContext.{0}) || c.securityContext.{0} == {1}"
    pod_context = "has(variables.spec.securityContext) && has(variables.spec.securityContext.{0})"
    profiles = "['RuntimeDefault', 'Localhost']"
    return [
        _every("containers", unset_or.format("privileged", "false"), "privileged containers are not allowed"),
        _every(
            "containers",
            context.format("allowPrivilegeEscalation") + " && c.securityContext.allowPrivilegeEscalation == false",
            "every container must set allowPrivilegeEscalation: false",
        ),
        _every(
            "games",
            context.format("capabilities")
            + " && has(c.securityContext.capabilities.drop) && 'ALL' in c.securityContext.capabilities.drop",
            "every container must drop ALL capabilities",
        ),
        _every(
            "containers",
            "!has(c.securityContext) || !has(c.securityContext.capabilities) "
            "|| !has(c.securityContext.capabilities.add) || size(c.securityContext.capabilities.add) == 0",
            "no container may add capabilities",
        ),
        _every(
            "games",
            context.format("readOnlyRootFilesystem") + " && c.securityContext.readOnlyRootFilesystem",
            "every container must set readOnlyRootFilesystem: true",
        ),
        _every("containers", unset_or.format("procMount", "'Default'"), "procMount must be Default"),
        Rule(
            pod_context.format("runAsNonRoot") + " && variables.spec.securityContext.runAsNonRoot",
            "the pod must set securityContext.runAsNonRoot: true",
        ),
        _every("containers", unset_or.format("runAsNonRoot", "true"), "no container may undo runAsNonRoot"),
        Rule(
            f"!({pod_context.format('runAsUser')}) || variables.spec.securityContext.runAsUser > 0",
            "the pod must not run as user 0",
        ),
        _every(
            "containers",
            "!has(c.securityContext) || !has(c.securityContext.runAsUser) || c.securityContext.runAsUser > 0",
            "no container may run as user 0",
        ),
        Rule(
            pod_context.format("seccompProfile")
            + f" && variables.spec.securityContext.seccompProfile.type in {profiles}",
            "the pod must set seccompProfile RuntimeDefault",
        ),
        _every(
            "containers",
            "!has(c.securityContext) || !has(c.securityContext.seccompProfile) "
            f"|| c.securityContext.seccompProfile.type in {profiles}",
            "no container may undo the seccomp profile",
        ),
        *_security_modules(),
        *(
            _every(
                "containers", f"!has(c.{probe}) || ({_NO_HOST.format(f'c.{probe}')})", f"{probe} may not name a host"
            )
            for probe in ("livenessProbe", "readinessProbe", "startupProbe")
        ),
        *(
            _every(
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
        rules.append(_every("containers", unset.format("c.securityContext"), message))
    return rules


def resources() -> list[Rule]:
    """A container without a memory limit leaves its Kata VM with 32 MiB, and without a CPU limit with one CPU."""
    limits = "has(c.resources) && has(c.resources.limits) && '{0}' in c.resources.limits"
    return [_every("games", limits.format(name), f"every container needs a {name} limit") for name in ("cpu", "memory")]


def placement(unplaced: str = "true") -> list[Rule]:
    """Game servers run on runners, and never preempt or tolerate their way onto the control plane.

    `unplaced` is the condition under which nobody has placed the pod yet: then it must not name its node.
    """
    tolerated = ", ".join(f"'{key}'" for key in TOLERATED)
    return [
        Rule(
            f"has(variables.spec.nodeSelector) && '{labels.RUNNER}' in variables.spec.nodeSelector "
            f"&& variables.spec.nodeSelector['{labels.RUNNER}'] == 'true'",
            f"nodeSelector must contain {labels.RUNNER}: 'true'",
        ),
        Rule(
            "!has(variables.spec.tolerations) || variables.spec.tolerations.all(t, "
            f"has(t.key) && t.key in [{tolerated}])",
            f"tolerations may only name {' and '.join(TOLERATED)}",
        ),
        Rule(
            f"!({unplaced}) || !has(variables.spec.nodeName) || variables.spec.nodeName == ''",
            "nodeName is not allowed: the scheduler picks the node",
        ),
        Rule("!has(variables.spec.resourceClaims)", "resourceClaims are not allowed: devices stay on the host"),
        Rule(
            "!has(variables.spec.priorityClassName) || variables.spec.priorityClassName == ''",
            "priorityClassName is not allowed",
        ),
        Rule(
            "!has(variables.spec.schedulerName) || variables.spec.schedulerName == 'default-scheduler'",
            "schedulerName must be default-scheduler",
        ),
    ]


def identity() -> list[Rule]:
    """The SDK's account and no other, no Secret of the namespace, and images that say which version they are."""
    account = sdk_sidecar.SERVICE_ACCOUNT
    return [
        Rule(
            f"!has(variables.spec.serviceAccountName) || variables.spec.serviceAccountName in ['', '{account}']",
            f"serviceAccountName must be {account}",
        ),
        _every(
            "containers",
            "c.image.contains('@sha256:') || (c.image.matches(':[^/:]+$') && !c.image.endsWith(':latest'))",
            "every image needs a digest or a tag other than latest",
        ),
        _every(
            "containers",
            "!has(c.env) || c.env.all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef))",
            "no variable may come from a Secret",
        ),
        _every(
            "containers",
            "!has(c.envFrom) || c.envFrom.all(e, !has(e.secretRef))",
            "no variables may come from a Secret",
        ),
        Rule(
            "!has(variables.spec.volumes) || variables.spec.volumes.all(v, !has(v.projected) || "
            "!has(v.projected.sources) || v.projected.sources.all(s, !has(s.secret)))",
            "no projected volume may hold a Secret",
        ),
        _every(
            "games",
            f"c.name != '{sdk_sidecar.NAME}'",
            f"only Agones' own image may be called {sdk_sidecar.NAME}",
        ),
    ]


def host_ports(ranges: Iterable[PortRange]) -> list[Rule]:
    """Only the ports that routers and firewalls open for games."""
    inside = " || ".join(f"(p.hostPort >= {r.min} && p.hostPort <= {r.max})" for r in ranges)
    return [
        _every(
            "containers",
            f"!has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0 || {inside})",
            "host ports must lie in the cluster's game port ranges",
        )
    ]


def template_rules() -> list[Rule]:
    """What can be told of a pod template before Agones completes it; it picks the host port later."""
    return [*isolation(), *restricted(), *resources(), *placement(), *identity()]


def _every(containers: str, condition: str, message: str) -> Rule:
    return Rule(f"variables.{containers}.all(c, {condition})", message)
