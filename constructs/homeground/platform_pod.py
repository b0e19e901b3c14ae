"""Pods of the platform's own workloads: non-root, read-only, on always-on nodes.

These are cdk8s-plus' L1 classes. Its L2 classes add what nobody asked for: `hostNetwork: false` and empty lists,
which the API server drops, so that Git and cluster differ, and a hash of the construct's path as a pod label.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

from cdk8s_plus_35 import k8s

from homeground import labels as names
from homeground.workload import ALWAYS_ON_SELECTOR, CONTROL_PLANE_TOLERATIONS, Workload

CONFIG_HASH = f"{names.DOMAIN}/config-hash"

OWNER_AND_GROUP = 0o440


def object_metadata(name: str, labels: Mapping[str, str]) -> k8s.ObjectMeta:
    return k8s.ObjectMeta(name=name, labels=dict(labels))


def config_hash(data: Mapping[str, str]) -> dict[str, str]:
    """Annotation of pods with that ConfigMap: a changed configuration is one that they have read."""
    return {CONFIG_HASH: sha256(json.dumps(dict(data), sort_keys=True).encode()).hexdigest()[:16]}


def requirements(workload: Workload) -> k8s.ResourceRequirements:
    """The workload's requests and limits as cdk8s types."""

    def quantities(amounts: Mapping[str, str]) -> dict[str, k8s.Quantity]:
        return {name: k8s.Quantity.from_string(amount) for name, amount in amounts.items()}

    resources = workload.resources()
    return k8s.ResourceRequirements(requests=quantities(resources["requests"]), limits=quantities(resources["limits"]))


def hardened() -> k8s.SecurityContext:
    """What the `restricted` Pod Security Standard asks of a container, and a read-only root."""
    return k8s.SecurityContext(
        allow_privilege_escalation=False,
        capabilities=k8s.Capabilities(drop=["ALL"]),
        read_only_root_filesystem=True,
    )


def apart(labels: Mapping[str, str]) -> k8s.Affinity:
    """No two pods with these labels on one node."""
    term = k8s.PodAffinityTerm(
        label_selector=k8s.LabelSelector(match_labels=dict(labels)), topology_key="kubernetes.io/hostname"
    )
    return k8s.Affinity(
        pod_anti_affinity=k8s.PodAntiAffinity(required_during_scheduling_ignored_during_execution=[term])
    )


def probe(path: str, port: int, delay: int = 5) -> k8s.Probe:
    """A GET that has to succeed once in three times, 10 s apart."""
    get = k8s.HttpGetAction(path=path, port=k8s.IntOrString.from_number(port), scheme="HTTP")
    return k8s.Probe(http_get=get, initial_delay_seconds=delay, period_seconds=10, failure_threshold=3)


def one_by_one() -> k8s.DeploymentStrategy:
    """Pods that stand one a node: there is none for a surge to go to."""
    none, one = (k8s.IntOrString.from_number(number) for number in (0, 1))
    rolling = k8s.RollingUpdateDeployment(max_surge=none, max_unavailable=one)
    return k8s.DeploymentStrategy(type="RollingUpdate", rolling_update=rolling)


def one_away(selector: k8s.LabelSelector) -> k8s.PodDisruptionBudgetSpec:
    """Of these pods, one at a time may be evicted."""
    return k8s.PodDisruptionBudgetSpec(max_unavailable=k8s.IntOrString.from_number(1), selector=selector)


def secret_volume(name: str, secret: str) -> k8s.Volume:
    """Readable to the pod's user and group: our programs refuse a key that everybody may read."""
    return k8s.Volume(name=name, secret=k8s.SecretVolumeSource(secret_name=secret, default_mode=OWNER_AND_GROUP))


def pod_template(
    labels: Mapping[str, str],
    container: k8s.Container,
    *,
    user: int,
    volumes: Sequence[k8s.Volume] = (),
    account: str = "",
    affinity: k8s.Affinity | None = None,
    annotations: Mapping[str, str] | None = None,
) -> k8s.PodTemplateSpec:
    """A pod of one container on the always-on nodes. Only with an `account` it has an API token."""
    return k8s.PodTemplateSpec(
        metadata=k8s.ObjectMeta(labels=dict(labels), annotations=dict(annotations) if annotations else None),
        spec=k8s.PodSpec(
            automount_service_account_token=bool(account),
            service_account_name=account or None,
            affinity=affinity,
            enable_service_links=False,
            node_selector=ALWAYS_ON_SELECTOR,
            tolerations=[
                k8s.Toleration(key=t["key"], operator=t["operator"], effect=t["effect"])
                for t in CONTROL_PLANE_TOLERATIONS
            ],
            security_context=k8s.PodSecurityContext(
                run_as_non_root=True,
                run_as_user=user,
                run_as_group=user,
                fs_group=user,
                seccomp_profile=k8s.SeccompProfile(type="RuntimeDefault"),
            ),
            containers=[container],
            volumes=list(volumes) or None,
        ),
    )
