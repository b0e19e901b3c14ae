"""A temporary machine's request and start-up data: whole, legal for kubelet, the same whenever they are made."""

import base64
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import yaml

from failover.config import Config, MachineType
from failover.gce import resource
from failover.provider import InstanceRequest, Place
from failover.record import Attempt
from failover.startup import (
    ARGUMENTS,
    CLUSTER,
    LABEL_VALUE,
    SECRET_KEYS,
    StartupSettings,
    kubelet_arguments,
    label_value,
    request,
)
from failover.token import Key, Token
from tests.program import ROOT

CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
UID, HOME = "3f1c8a52-8a5e-4b1e-9d0e-0c8f6a1b2c3d", "uc-k8s4p"
TOKEN = Token("abc123", "0123456789abcdef")
KATA = {"katacontainers.io/kata-runtime": "true", "kata-deploy.katacontainers.io/default": "true"}
CONFIG = Config(cluster="hybrid", places=(MachineType(zone="z", machine_type="m"),), max_run=86_399.5)
ATTEMPT = Attempt(
    number=2,
    zone="asia-northeast1-b",
    machine_type="n2-standard-8",
    vm_name="fo-0123456789-2",
    request_id="0b5c7a54-5d1b-5d55-9d1a-3c1f3a6f8f11",
    requested_at=datetime(2026, 3, 1, tzinfo=UTC),
)


def settings(**fields: Any) -> StartupSettings:
    given: dict[str, Any] = {
        "server": "https://10.10.0.23:6443",
        "certificate_authority": CA,
        "project": "homeground-reference",
        "site": "cloud",
        "node_labels": KATA,
    }
    return StartupSettings(**given | fields)


def made(home: str = HOME, **fields: Any) -> InstanceRequest:
    return request(settings(**fields), CONFIG, record_uid=UID, home=home, attempt=ATTEMPT, token=TOKEN)


def test_a_machine_is_asked_for_where_the_record_says_and_for_no_longer_than_configured() -> None:
    asked = made()
    assert asked.place == Place("asia-northeast1-b", "fo-0123456789-2")
    assert (asked.machine_type, asked.request_id) == (ATTEMPT.machine_type, ATTEMPT.request_id)
    assert asked.max_run_seconds == 86_400


def test_its_labels_say_whose_it_is() -> None:
    assert made().labels == {
        "managed-by": "homeground-failover",
        "failover-cluster": "hybrid",
        "failover-record": UID,
        "failover-attempt": "2",
        "failover-home": HOME,
    }


def test_its_cluster_label_is_the_one_that_lists_select_by() -> None:
    assert CLUSTER == resource.CLUSTER


def test_a_home_node_of_any_name_is_named_exactly_in_the_metadata() -> None:
    home = "node.with.dots." + "x" * 200
    asked = made(home)
    assert asked.metadata["homeground-home-node"] == home
    assert asked.labels["failover-home"] == home  # the provider makes it fit


def test_kubelet_registers_name_provider_labels_and_taint_itself() -> None:
    assert made().metadata["homeground-kubelet-arguments"].split(" ") == [
        "--hostname-override=fo-0123456789-2",
        "--provider-id=gce://homeground-reference/asia-northeast1-b/fo-0123456789-2",
        "--node-labels=homeground.dev/runner=true,homeground.dev/site=cloud,homeground.dev/temporary=uc-k8s4p,"
        "kata-deploy.katacontainers.io/default=true,katacontainers.io/kata-runtime=true",
        "--register-with-taints=homeground.dev/quarantine=:NoSchedule",
    ]


def test_kubelet_joins_by_token_at_the_server_whose_authority_it_was_told() -> None:
    text = made().metadata["homeground-bootstrap-kubeconfig"]
    config = yaml.safe_load(text)
    (cluster,), (user,), (context,) = config["clusters"], config["users"], config["contexts"]
    assert cluster["cluster"] == {
        "server": "https://10.10.0.23:6443",
        "certificate-authority-data": base64.b64encode(CA.encode()).decode(),
    }
    assert user["user"] == {"token": "abc123.0123456789abcdef"}
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert config["current-context"] == context["name"]
    assert made().metadata["homeground-certificate-authority"] == CA


def test_a_long_authority_is_not_broken_into_lines() -> None:
    """Of 6 KiB, as a bundle of several is: it stays what it was."""
    ca = CA + "#" * 6000
    config = yaml.safe_load(made(certificate_authority=ca).metadata["homeground-bootstrap-kubeconfig"])
    assert base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode() == ca


def test_the_token_is_nowhere_but_where_it_is_removed_from() -> None:
    asked = made()
    holders = [key for key, value in asked.metadata.items() if TOKEN.secret in value]
    assert holders == list(SECRET_KEYS)
    assert TOKEN.secret not in repr(asked)
    assert TOKEN.secret not in str(asked.labels)


def test_nothing_of_it_is_of_the_talks_operator() -> None:
    """No kubeadm, no discovery, no sleep (its start-up script had all three)."""
    text = str(made().metadata)
    assert not re.search("kubeadm|discovery|sleep|startup-script", text)


SAME = """
import sys
from datetime import datetime
import msgspec
from failover.config import Config
from failover.record import Attempt
from failover.startup import StartupSettings, request
from failover.token import Key
attempt = msgspec.json.decode(sys.argv[1], type=Attempt)
settings = StartupSettings(server="https://a:6443", certificate_authority=sys.argv[2], project="p", site="cloud",
                           node_labels={"b": "1", "a": "2"})
config = msgspec.convert({"cluster": "c", "places": [{"zone": "z", "machineType": "m"}]}, Config)
token = Key(bytes(range(32))).token("u", attempt.number)
made = request(settings, config, record_uid="u", home="h", attempt=attempt, token=token)
print(made.place, made.machine_type, made.request_id, made.labels, made.metadata, made.max_run_seconds)
"""


def test_another_process_makes_the_same_to_the_last_byte() -> None:
    """From the record as the API server gives it back, whatever the order of hashes and labels."""
    record = msgspec.json.encode(ATTEMPT).decode()
    command = [sys.executable, "-c", SAME, record, CA]
    outputs = {
        subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env={"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    one, other = (made(node_labels=dict(sorted(KATA.items(), reverse=reverse))) for reverse in (False, True))
    assert one == other
    assert list(one.metadata.items()) == list(other.metadata.items())


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "http": ({"server": "http://10.10.0.23:6443"}, "is not https"),
    "no host": ({"server": "https://"}, "is not https"),
    "a path": ({"server": "https://10.10.0.23:6443/api"}, "is not https"),
    "no authority": ({"certificate_authority": ""}, "no PEM certificate"),
    "no site": ({"site": ""}, "no label value"),
    "a site of two words": ({"site": "the cloud"}, "no label value"),
    "a label of ours": ({"node_labels": {"homeground.dev/always-on": "true"}}, "own to set"),
    "the role of a control plane": ({"node_labels": {"node-role.kubernetes.io/control-plane": ""}}, "no kubelet may"),
    "a restricted label": ({"node_labels": {"node-restriction.kubernetes.io/x": "y"}}, "no kubelet may"),
    "a label of k8s.io": ({"node_labels": {"x.k8s.io/y": "z"}}, "no kubelet may"),
    "a value with a comma": ({"node_labels": {"a": "b,c=d"}}, "is none"),
    "a value with a line break": ({"node_labels": {"a": "b\n"}}, "is none"),
    "a key with a space": ({"node_labels": {"a b": "c"}}, "is none"),
}


@pytest.mark.parametrize(("fields", "why"), WRONG.values(), ids=WRONG)
def test_settings_that_no_kubelet_would_start_with_are_refused_before_there_is_a_failure(
    fields: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        settings(**fields)


@pytest.mark.parametrize("key", ["topology.kubernetes.io/zone", "node.kubernetes.io/x", "a.kubelet.kubernetes.io/x"])
def test_labels_of_kubernetes_that_kubelet_may_set_are_its_own_business(key: str) -> None:
    assert settings(node_labels={key: "v"}).node_labels == {key: "v"}


def test_a_project_that_would_be_another_argument_is_refused() -> None:
    with pytest.raises(ValueError, match="not to be passed"):
        kubelet_arguments(settings(project="p --anonymous-auth\n"), HOME, ATTEMPT)


@pytest.mark.parametrize("name", ["uc-k8s4p", "a.b.c", "n" * 63, "n" * 64, ("long." * 51)[:253].rstrip(".")])
def test_any_node_name_has_a_label_value_of_its_own(name: str) -> None:
    value = label_value(name)
    assert LABEL_VALUE.fullmatch(value)
    assert (value == name) == (len(name) <= 63)
    assert len(name) <= 63 or label_value(f"{name}x") != value
    assert ARGUMENTS.fullmatch(kubelet_arguments(settings(), name, ATTEMPT))


def test_another_token_changes_only_what_is_removed_with_it() -> None:
    other = request(settings(), CONFIG, record_uid=UID, home=HOME, attempt=ATTEMPT, token=Key(bytes(32)).token(UID, 9))
    changed = {key for key, value in made().metadata.items() if other.metadata[key] != value}
    assert changed == set(SECRET_KEYS)
