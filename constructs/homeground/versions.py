"""The versions of everything, and which of them go together. To take a new version, change its line here,
its files in upstream.lock and its chart in charts.lock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

PINS = {
    "kubernetes": "1.35.4",
    "agones": "1.59.0",
    "argo-cd": "3.5.7",
    "tigera-operator": "3.32.1",
    "crd.projectcalico.org.v1": "3.32.1",
    "kata-deploy": "4.1.0",
    "metallb": "0.16.1",
    "csi-s3": "0.43.7",
    "aws-mountpoint-s3-csi-driver": "2.7.0",
    "cert-manager": "1.21.1",
    "sealed-secrets": "2.18.5",
    "open-match": "1.8.1",
    "valkey": "8.1.4",
    "matchmaking": "0.1.0",  # services/matchmaking, likewise
    "failover": "0.1.0",  # services/failover, whose pyproject.toml says the same
}
"""Chart versions for what comes as a chart. containerd, kubelet and the node image have their own page.

An image of ours is named by its version until it is published; the release that pushes it then writes
`<version>@sha256:<digest>` here, so that the pull request which takes it shows the digest (images/README.md).
"""


@dataclass(frozen=True)
class Rule:
    """`supported(part's version, other's version)` or the pair is refused with the reason."""

    part: str
    other: str
    supported: Callable[[str, str], bool]
    expected: str
    reason: str


def minor(version: str) -> tuple[int, int]:
    """`1.35.4` is (1, 35)."""
    major, minor_, *_ = version.removeprefix("v").split(".")
    return int(major), int(minor_)


def _between(low: tuple[int, int], high: tuple[int, int]) -> Callable[[str, str], bool]:
    return lambda _, other: low <= minor(other) <= high


def _agones_supports(agones: str, kubernetes: str) -> bool:
    newest = {(1, 60): 36, (1, 59): 35, (1, 58): 35, (1, 57): 35, (1, 56): 35, (1, 55): 34, (1, 54): 34}
    last = newest.get(minor(agones))
    return last is not None and (1, last - 2) <= minor(kubernetes) <= (1, last)


RULES = [
    Rule(
        "agones", "kubernetes", _agones_supports,
        "a minor that this Agones lists (1.59: 1.33 to 1.35)",
        "Agones supports three minors a release",
    ),
    Rule(
        "agones", "argo-cd", lambda agones, _: minor(agones) != (1, 60),
        "an Agones other than 1.60",
        "the CRDs of 1.60 carry x-kubernetes-patch-* keys, which server-side apply rejects, and are too large "
        "for client-side apply (agones-dev/agones#4670)",
    ),
    Rule("argo-cd", "kubernetes", _between((1, 33), (1, 36)), "1.33 to 1.36", "Argo CD 3.5 is tested with these"),
    Rule("tigera-operator", "kubernetes", _between((1, 34), (1, 36)), "1.34 to 1.36", "Calico 3.32 tests these"),
    Rule(
        "tigera-operator", "crd.projectcalico.org.v1", lambda operator, crds: operator == crds,
        "the same version", "the operator writes fields that only its own CRDs have",
    ),
    Rule(
        "kubernetes", "schemas", lambda kubernetes, schemas: minor(kubernetes) == minor(schemas),
        f"{'.'.join(map(str, minor(PINS['kubernetes'])))}, whose schemas upstream.lock pins",
        "manifests are checked against the schemas of one minor",
    ),
]  # fmt: skip


def unsupported(versions: dict[str, str]) -> Iterator[tuple[Rule, str, str]]:
    """The rules that `versions` break, with the two versions."""
    for rule in RULES:
        part, other = versions.get(rule.part), versions.get(rule.other)
        if part and other and not rule.supported(part, other):
            yield rule, part, other
