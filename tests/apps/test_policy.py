"""Admission policies of the reference cluster: what they judge, and where they look."""

from typing import Any


def test_policies_judge_pods_fleets_and_game_servers(hybrid: Any) -> None:
    policies = [o for o in hybrid.apps["policy"] if o["kind"] == "ValidatingAdmissionPolicy"]
    bindings = [o for o in hybrid.apps["policy"] if o["kind"] == "ValidatingAdmissionPolicyBinding"]
    resources = {
        o["metadata"]["name"]: o["spec"]["matchConstraints"]["resourceRules"][0]["resources"] for o in policies
    }
    assert resources == {
        "tenant-pod-isolation": ["pods"],
        "tenant-pod-restricted": ["pods"],
        "tenant-pod-resources": ["pods"],
        "tenant-pod-placement": ["pods"],
        "tenant-pod-identity": ["pods"],
        "tenant-fleets": ["fleets"],
        "tenant-gameservers": ["gameservers"],
        "tenant-no-debug": ["pods/ephemeralcontainers"],
    }
    assert {o["spec"]["policyName"] for o in bindings} == set(resources)


def test_a_template_is_read_where_its_kind_keeps_it(hybrid: Any) -> None:
    policies = [o for o in hybrid.apps["policy"] if "variables" in o["spec"]]
    pod = {o["metadata"]["name"]: o["spec"]["variables"][0]["expression"] for o in policies}
    assert pod["tenant-fleets"] == "object.spec.template.spec.template"
    assert pod["tenant-gameservers"] == "object.spec.template"
    assert pod["tenant-pod-isolation"] == "object"


def test_game_ports_are_the_only_host_ports(hybrid: Any) -> None:
    policies = {o["metadata"]["name"]: o["spec"] for o in hybrid.apps["policy"] if "validations" in o["spec"]}
    (rule,) = (
        v["expression"] for v in policies["tenant-pod-restricted"]["validations"] if "host ports" in v["message"]
    )
    for low, high in ((7000, 7499), (7500, 7749), (7750, 7999)):
        assert f"p.hostPort >= {low} && p.hostPort <= {high}" in rule
