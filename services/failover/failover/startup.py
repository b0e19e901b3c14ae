"""A temporary machine's start-up data, and the request for it: derived from the record alone.

Made again, by another replica or after a crash, it is the same to the last byte, which the cloud's request ids demand.
What it holds is what kubelet needs to join by itself: no kubeadm, no discovery, nothing that waits. The image's
join unit (images/node) puts it where kubelet reads it. tests/cluster/vm boots nodes of ours the same way.
"""

import base64
import hashlib
import math
import re

import yaml
from msgspec import Struct

from failover.config import Config
from failover.provider import InstanceRequest, Place
from failover.record import Attempt
from failover.token import Token
from failover.words import DOMAIN, OWNER, QUARANTINE, RUNNER, SITE, TEMPORARY

BOOTSTRAP_KUBECONFIG = "homeground-bootstrap-kubeconfig"
KUBELET_ARGUMENTS = "homeground-kubelet-arguments"
CERTIFICATE_AUTHORITY = "homeground-certificate-authority"
HOME_NODE = "homeground-home-node"
"""Keys of the machine's metadata. images/node/homeground-join reads the first three; the last one is for people:
the cloud's labels can't hold every node's name."""

SECRET_KEYS = (BOOTSTRAP_KUBECONFIG,)
"""To be removed from the metadata once the node has joined. The others are needed when it boots again."""

MANAGED_BY, CLUSTER, RECORD = "managed-by", "failover-cluster", "failover-record"
ATTEMPT, HOME = "failover-attempt", "failover-home"
"""Labels of the machine. A provider makes values fit that its cloud would not take."""

LABEL_LENGTH, HASH_DIGITS = 63, 10
LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
LABEL_KEY = re.compile(r"(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
RESERVED = re.compile(r"(?:.+\.)?(?:kubernetes|k8s)\.io/")
KUBELETS = re.compile(r"(?:.+\.)?(?:kubelet|node)\.kubernetes\.io/|topology\.kubernetes\.io/(?:zone|region)$")
"""Of Kubernetes' own labels, those that kubelet may set. With any other it does not start (well_known_labels.go)."""

ARGUMENTS = re.compile(r"[-A-Za-z0-9_=:/.,]+(?: [-A-Za-z0-9_=:/.,]+)*")
"""What passes through systemd's EnvironmentFile and its splitting into words unchanged. The join unit checks it too."""


class StartupSettings(Struct, frozen=True, kw_only=True):
    """What all machines of a cluster have in common. Raises ValueError for what no kubelet would start with."""

    server: str
    """The API server as the machines reach it: https://<host>:<port>."""

    certificate_authority: str
    """PEM of the authority that signed its certificate. No secret: every pod has it."""

    project: str
    site: str
    node_labels: dict[str, str] = {}
    """For scheduling, beside ours: those by which a RuntimeClass finds its nodes, for instance."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https://[^\s/?#]+", self.server):
            raise ValueError(f"server {self.server!r} is not https://<host>:<port>")
        if "-----BEGIN CERTIFICATE-----" not in self.certificate_authority:
            raise ValueError("certificate_authority is no PEM certificate")
        if not self.site or not LABEL_VALUE.fullmatch(self.site):
            raise ValueError(f"site {self.site!r} is no label value")
        for key, value in self.node_labels.items():
            _check_label(key, value)


def request(
    settings: StartupSettings, config: Config, *, record_uid: str, home: str, attempt: Attempt, token: Token
) -> InstanceRequest:
    """The machine of one attempt to stand in for the node `home`. `token` is the attempt's own."""
    return InstanceRequest(
        place=Place(attempt.zone, attempt.vm_name),
        machine_type=attempt.machine_type,
        request_id=attempt.request_id,
        labels={
            MANAGED_BY: OWNER,
            CLUSTER: config.cluster,
            RECORD: record_uid,
            ATTEMPT: str(attempt.number),
            HOME: home,
        },
        metadata={
            BOOTSTRAP_KUBECONFIG: bootstrap_kubeconfig(settings, token),
            KUBELET_ARGUMENTS: kubelet_arguments(settings, home, attempt),
            CERTIFICATE_AUTHORITY: settings.certificate_authority,
            HOME_NODE: home,
        },
        max_run_seconds=math.ceil(config.max_run),
    )


def bootstrap_kubeconfig(settings: StartupSettings, token: Token) -> str:
    """What kubelet asks for its certificate with."""
    ca = base64.b64encode(settings.certificate_authority.encode()).decode()
    cluster = {"server": settings.server, "certificate-authority-data": ca}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "homeground", "cluster": cluster}],
        "users": [{"name": "bootstrap", "user": {"token": token.bearer}}],
        "contexts": [{"name": "bootstrap", "context": {"cluster": "homeground", "user": "bootstrap"}}],
        "current-context": "bootstrap",
    }
    text: str = yaml.safe_dump(config, sort_keys=False)
    return text


def kubelet_arguments(settings: StartupSettings, home: str, attempt: Attempt) -> str:
    """Kubelet's own, one line. It registers labels and taint itself, so the node is never there without them.

    A node that is there before its quarantine takes pods that nobody meant for it (defect D23 of the operator this
    one replaces).
    """
    labels = settings.node_labels | {RUNNER: "true", SITE: settings.site, TEMPORARY: label_value(home)}
    arguments = [
        f"--hostname-override={attempt.vm_name}",
        f"--provider-id=gce://{settings.project}/{attempt.zone}/{attempt.vm_name}",
        f"--node-labels={','.join(f'{key}={value}' for key, value in sorted(labels.items()))}",
        f"--register-with-taints={QUARANTINE}=:NoSchedule",
    ]
    line = " ".join(arguments)
    if not ARGUMENTS.fullmatch(line):
        raise ValueError(f"not to be passed to kubelet: {line!r}")
    return line


def label_value(node: str) -> str:
    """A node's name as the value of a label, which has 63 characters and a name up to 253: a longer one is hashed."""
    if len(node) <= LABEL_LENGTH:
        return node
    digest = hashlib.sha256(node.encode()).hexdigest()[:HASH_DIGITS]
    return f"{node[: LABEL_LENGTH - HASH_DIGITS - 1]}_{digest}"


def _check_label(key: str, value: str) -> None:
    if key.startswith(f"{DOMAIN}/"):
        raise ValueError(f"label {key!r} is the operator's own to set")
    if not LABEL_KEY.fullmatch(key) or not LABEL_VALUE.fullmatch(value):
        raise ValueError(f"label {key}={value!r} is none")
    if RESERVED.match(key) and not KUBELETS.match(key):
        raise ValueError(f"label {key!r} is one that no kubelet may set")
