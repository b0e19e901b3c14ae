"""Every CEL rule in the CRDs of the kinds that dist/ has, passing and failing, on the real API server."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.cluster.admission.applied import Applied
from tests.cluster.admission.dist import CLUSTERS, rendered
from tests.cluster.admission.first_sync import crds_of
from tests.cluster.api import ApiError, Json

pytestmark = pytest.mark.cluster

CALICO, OPERATOR = "projectcalico.org/v3", "operator.tigera.io/v1"
BEFORE = {"preDNAT": True, "applyOnForward": True}
UNTRACKED = {"doNotTrack": True, "applyOnForward": True}
GET = {"methods": ["GET"]}
SERVICES = {"services": {"name": "a", "namespace": "b"}}
CLOUD = {"apiTokenSecretRef": {"name": "venafi", "key": "token"}}
TPP = {"url": "https://tpp.example", "credentialsRef": {"name": "venafi"}}


@dataclass(frozen=True)
class Case:
    """A rule, by its place in the schema and its message; and name and spec of an object that breaks or meets it."""

    api_version: str
    kind: str
    path: str
    message: str
    breaks: tuple[str, Json]
    meets: tuple[str, Json]
    namespace: str | None = None

    def manifest(self, given: tuple[str, Json]) -> Json:
        metadata = {"name": given[0]} | ({"namespace": self.namespace} if self.namespace else {})
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": metadata, "spec": given[1]}


def policy(path: str, message: str, breaks: Json, meets: Json) -> Case:
    one, other = (("homeground.case", {"tier": "homeground"} | spec) for spec in (breaks, meets))
    return Case(CALICO, "GlobalNetworkPolicy", path, message, one, other)


def rules_of(direction: str) -> Iterator[Case]:
    """The rules about one rule of a policy, which are the same both ways."""
    for path, message, breaks, meets in (
        ("", "rules with HTTP match must have protocol TCP or unset", {"protocol": "UDP", "http": GET},
         {"protocol": "TCP", "http": GET}),
        ("", "HTTP match is only valid on Allow rules", {"action": "Deny", "http": GET}, {"http": GET}),
        ("", "ports and notPorts cannot be specified with services",
         {"protocol": "TCP", "destination": SERVICES | {"ports": [80]}}, {"destination": SERVICES}),
        (".icmp", "ICMP code specified without an ICMP type", {"protocol": "ICMP", "icmp": {"code": 1}},
         {"protocol": "ICMP", "icmp": {"code": 1, "type": 3}}),
        (".notICMP", "ICMP code specified without an ICMP type", {"protocol": "ICMP", "notICMP": {"code": 1}},
         {"protocol": "ICMP", "notICMP": {"code": 1, "type": 3}}),
    ):  # fmt: skip
        one, other = ({direction: [{"action": "Allow"} | rule]} for rule in (breaks, meets))
        yield policy(f".spec.{direction}[]{path}", message, one, other)


def tier(name: str, allowed: str, other: str) -> Case:
    message = f"The '{name}' tier must have default action '{allowed}'"
    return Case(CALICO, "Tier", "", message, (name, {"defaultAction": other}), (name, {"defaultAction": allowed}))


CASES = [
    Case(OPERATOR, "Installation", "", "resource name must be 'default', 'tigera-secure', or 'overlay'",
         ("other", {}), ("overlay", {})),
    Case(OPERATOR, "APIServer", "", "resource name must be 'default' or 'tigera-secure'",
         ("other", {}), ("tigera-secure", {})),
    tier("kube-admin", "Pass", "Deny"),
    tier("kube-baseline", "Pass", "Deny"),
    tier("default", "Deny", "Pass"),
    policy(".spec", "preDNAT and doNotTrack cannot both be true", BEFORE | UNTRACKED, UNTRACKED),
    policy(".spec", "preDNAT policy cannot have any egress rules", BEFORE | {"egress": [{"action": "Allow"}]},
           BEFORE | {"ingress": [{"action": "Allow"}]}),
    policy(".spec", "preDNAT policy cannot have 'Egress' type", BEFORE | {"types": ["Egress"]},
           BEFORE | {"types": ["Ingress"]}),
    policy(".spec", "applyOnForward must be true if either preDNAT or doNotTrack is true", {"doNotTrack": True},
           UNTRACKED),
    *rules_of("egress"),
    *rules_of("ingress"),
    Case("cert-manager.io/v1", "Issuer", ".spec.venafi", "exactly one of tpp, cloud, or ngts must be configured",
         ("venafi", {"venafi": {"zone": "z", "cloud": CLOUD, "tpp": TPP}}),
         ("venafi", {"venafi": {"zone": "z", "cloud": CLOUD}}), "agones-system"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case.kind}{case.path} {case.message}" for case in CASES])
def test_a_broken_rule_is_told(cluster: Applied, case: Case) -> None:
    cluster.api.apply(case.manifest(case.meets), dry_run=True)
    with pytest.raises(ApiError) as refusal:
        cluster.api.apply(case.manifest(case.breaks), dry_run=True)
    assert refusal.value.status == 422
    place = case.path.removeprefix(".").replace("[]", "[0]") or "<nil>"
    assert re.search(rf"{re.escape(place)}: [^,]*{re.escape(case.message)}", refusal.value.message)


def rules(schema: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Place and message of every rule of a schema."""
    for rule in schema.get("x-kubernetes-validations", ()):
        yield path, rule["message"]
    below = {f".{name}": child for name, child in schema.get("properties", {}).items()}
    for key, suffix in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(key), dict):
            below[suffix] = schema[key]
    for suffix, child in below.items():
        yield from rules(child, path + suffix)


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_rule_has_a_case_that_breaks_it(name: str) -> None:
    ours = {(each.manifest["apiVersion"], each.manifest["kind"]) for each in rendered(name)}
    found = {
        (api_version, crd["spec"]["names"]["kind"], *rule)
        for crd in crds_of(name)
        for version in crd["spec"]["versions"]
        if (api_version := f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]) in ours
        for rule in rules(version["schema"]["openAPIV3Schema"])
    }
    assert len(found) >= 20
    assert found == {(case.api_version, case.kind, case.path, case.message) for case in CASES}
