"""What a pod in a tenant's namespace must be like, as CEL.

These are the rules that Pod Security does not know: the RuntimeClass, Kata's annotations, limits, placement; what it
knows is re-created in pod_security.py. `pod` is the expression that leads to an object
with metadata and spec, so that the same rules judge a Pod, a GameServer's template and a Fleet's.
"""

from homeground import labels, sdk_sidecar
from homeground.admission_policy import Rule

Variables = list[tuple[str, str]]

TOKEN_VOLUME = "kube-api-access-"
"""How the API server names the volume with a pod's token. Agones covers its mount in the game's containers."""

LONGEST_GRACE_SECONDS = 3600

VOLUMES = ("configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected")


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
            # In one process namespace the game would read the SDK sidecar's token through /proc.
            for name in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace")
        ),
        Rule(
            "!has(variables.spec.volumes) || variables.spec.volumes.all(v, "
            + " || ".join(f"has(v.{kind})" for kind in VOLUMES)
            + ")",
            f"volumes may only be {', '.join(VOLUMES)}",
        ),
    ]


def resources() -> list[Rule]:
    """A container without a memory limit leaves its Kata VM with 32 MiB, and without a CPU limit with one CPU."""
    limits = "has(c.resources) && has(c.resources.limits) && '{0}' in c.resources.limits"
    return [
        *(every("games", limits.format(name), f"every container needs a {name} limit") for name in ("cpu", "memory")),
        Rule(
            "!has(variables.spec.resources)",
            "resources of the whole pod are not allowed: Kata sizes its VM by containers",
        ),
    ]


def placement(unplaced: str = "true") -> list[Rule]:
    """Game servers run on runners, and never preempt or tolerate their way onto the control plane.

    `unplaced` is the condition under which nobody has placed the pod yet: then it must not name its node.
    """
    tolerated = ", ".join(f"'{key}'" for key in labels.PARTITION_TAINTS)
    return [
        Rule(
            f"has(variables.spec.nodeSelector) && '{labels.RUNNER}' in variables.spec.nodeSelector "
            f"&& variables.spec.nodeSelector['{labels.RUNNER}'] == 'true'",
            f"nodeSelector must contain {labels.RUNNER}: 'true'",
        ),
        Rule(
            "!has(variables.spec.tolerations) || variables.spec.tolerations.all(t, "
            f"has(t.key) && t.key in [{tolerated}])",
            f"tolerations may only name {' and '.join(labels.PARTITION_TAINTS)}",
        ),
        Rule(
            f"!({unplaced}) || !has(variables.spec.nodeName) || variables.spec.nodeName == ''",
            "nodeName is not allowed: the scheduler picks the node",
        ),
        *_affinity(),
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
        every(
            "containers",
            "c.image.contains('@sha256:') || (c.image.matches(':[^/:]+$') && !c.image.endsWith(':latest'))",
            "every image needs a digest or a tag other than latest",
        ),
        *_secrets(),
        Rule(
            "!has(variables.pod.metadata) || !has(variables.pod.metadata.labels) || "
            f"!('{labels.TENANT}' in variables.pod.metadata.labels) || "
            f"variables.pod.metadata.labels['{labels.TENANT}'] == namespaceObject.metadata.labels['{labels.TENANT}']",
            f"label {labels.TENANT} must be the namespace's",
        ),
        every(
            "games",
            f"c.name != '{sdk_sidecar.NAME}'",
            f"only Agones' own image may be called {sdk_sidecar.NAME}",
        ),
    ]


def _secrets() -> list[Rule]:
    """Nothing that opens a door: no Secret, and no token but the one that the SDK sidecar has."""
    return [
        every(
            "containers",
            "!has(c.env) || c.env.all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef))",
            "no variable may come from a Secret",
        ),
        every(
            "containers",
            "!has(c.envFrom) || c.envFrom.all(e, !has(e.secretRef))",
            "no variables may come from a Secret",
        ),
        Rule(
            "!has(variables.spec.volumes) || variables.spec.volumes.all(v, !has(v.projected) || "
            "!has(v.projected.sources) || v.projected.sources.all(s, has(s.configMap) || has(s.downwardAPI) || "
            f"(has(s.serviceAccountToken) && v.name.startsWith('{TOKEN_VOLUME}'))))",
            "projected volumes may only hold configMap and downwardAPI",
        ),
        every(
            "games",
            f"!has(c.volumeMounts) || c.volumeMounts.all(m, !m.name.startsWith('{TOKEN_VOLUME}'))",
            "only the SDK sidecar may mount the service account's token",
        ),
    ]


def templates() -> list[Rule]:
    """What a template may not say: some of it is Agones' to say, some the pod that comes of it could not be told by."""
    return [
        Rule(
            "!has(variables.spec.serviceAccountName) || variables.spec.serviceAccountName == ''",
            "serviceAccountName is Agones' to set: only then does it hide the token from the game",
        ),
        every("containers", f"c.name != '{sdk_sidecar.NAME}'", "the SDK sidecar is Agones' to add"),
        Rule(
            "!has(variables.spec.volumes) || "
            "variables.spec.volumes.all(v, !has(v.emptyDir) || has(v.emptyDir.sizeLimit))",
            "every emptyDir needs a sizeLimit: it fills the node's disk",
        ),
        Rule(
            "!has(variables.spec.terminationGracePeriodSeconds) || "
            f"variables.spec.terminationGracePeriodSeconds <= {LONGEST_GRACE_SECONDS}",
            f"terminationGracePeriodSeconds may be at most {LONGEST_GRACE_SECONDS}",
        ),
    ]


def _affinity() -> list[Rule]:
    """A pod may look at pods of its own namespace: else it could keep another tenant's off every node."""
    rules = []
    for kind in ("podAffinity", "podAntiAffinity"):
        terms = f"variables.spec.affinity.{kind}"
        for strength, term in (
            ("requiredDuringSchedulingIgnoredDuringExecution", "t"),
            ("preferredDuringSchedulingIgnoredDuringExecution", "t.podAffinityTerm"),
        ):
            expression = (
                f"!has(variables.spec.affinity) || !has({terms}) || !has({terms}.{strength}) || "
                f"{terms}.{strength}.all(t, !has({term}.namespaces) && !has({term}.namespaceSelector))"
            )
            rules.append(Rule(expression, f"{kind} may not look at other namespaces"))
    return rules


def every(containers: str, condition: str, message: str) -> Rule:
    """A condition on each container `c` of a variable that holds containers."""
    return Rule(f"variables.{containers}.all(c, {condition})", message)
