"""Contract: what the double refuses, and how that reaches a user of Google's client."""

import json
import re
import subprocess
import sys
import urllib.request
from typing import Any

import pytest
from google.api_core import exceptions

from tests.doubles.gce import fault
from tests.doubles.gce.fault import Fault
from tests.program import ROOT
from tests.services.failover.gce.attempt import ZONE
from tests.services.failover.gce.contract.official_client import Google

NESTED = {"enableNestedVirtualization": True}
DISK = {"boot": True, "initializeParams": {"sourceImage": "projects/homeground-test/global/images/family/other"}}


def machine(kind: str, zone: str = ZONE) -> dict[str, Any]:
    return {"machineType": f"zones/{zone}/machineTypes/{kind}", "advancedMachineFeatures": NESTED}


def run_for(seconds: int, action: str = "DELETE") -> dict[str, Any]:
    limit = {"maxRunDuration": {"seconds": str(seconds)}}
    return {"scheduling": limit | ({"instanceTerminationAction": action} if action else {})}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Fo_1"}, "'resource.name': 'Fo_1'"),
        ({"name": "f" * 64}, "'resource.name'"),
        ({"labels": {"onprem-node": "uc.example.org"}}, "Label value 'uc.example.org' violates format constraints"),
        ({"labels": {"Node": "uc"}}, "Label key 'Node' violates format constraints"),
        ({"labels": {f"k{number}": "v" for number in range(65)}}, "'resource.labels'"),
        (machine("e2-standard-8"), "Nested virtualization is not supported"),
        (machine("n2d-standard-8"), "Nested virtualization is not supported"),
        (machine("n2-standard-8", "asia-northeast1-c"), "'resource.machineType'"),
        (run_for(29), "maxRunDuration"),
        (run_for(120 * 86_400 + 1), "maxRunDuration"),
        (run_for(3600, ""), "instance termination action"),
        ({"disks": []}, "'resource.disks'"),
        ({"networkInterfaces": []}, "'resource.networkInterfaces'"),
        ({"networkInterfaces": [{"subnetwork": "projects/p/regions/us-west1/subnetworks/s"}]}, "subnetwork"),
        ({"metadata": {"items": [{"key": "a b", "value": ""}]}}, r"'resource.metadata.items\[0\].key'"),
        ({"metadata": {"items": [{"key": "a", "value": "x" * 262_145}]}}, "Value is too large"),
        ({"metadata": {"items": [{"key": "a", "value": "1"}] * 2}}, "duplicate keys"),
    ],
)
def test_what_is_invalid_is_a_bad_request(google: Google, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(exceptions.BadRequest, match=message) as caught:
        google.insert(**({"name": "fo-1"} | changes))
    assert caught.value.errors[0]["reason"] == "invalid"
    assert not google.double.cloud.instances


def test_a_zone_that_is_none_is_a_bad_request(google: Google) -> None:
    with pytest.raises(exceptions.BadRequest, match=r"'mars-1a'\. Unknown zone"):
        google.insert(zone="mars-1a")


def test_an_image_that_is_not_there_is_not_found(google: Google) -> None:
    with pytest.raises(exceptions.NotFound, match="images/family/other' was not found"):
        google.insert(disks=[DISK])


@pytest.mark.parametrize(
    ("struck", "expected", "reason"),
    [
        (fault.quota(), exceptions.Forbidden, "quotaExceeded"),
        (fault.throttled(), exceptions.TooManyRequests, "rateLimitExceeded"),
        (fault.throttled(status=403), exceptions.Forbidden, "rateLimitExceeded"),
        (fault.server_error(status=500), exceptions.InternalServerError, "backendError"),
        (fault.server_error(status=502), exceptions.BadGateway, "backendError"),
        (fault.lost_answer(), exceptions.ServiceUnavailable, "backendError"),
    ],
)
def test_faults_reach_the_caller(
    google: Google, struck: Fault, expected: type[exceptions.GoogleAPICallError], reason: str
) -> None:
    google.double.fail(struck)
    with pytest.raises(expected) as caught:
        google.insert()
    assert caught.value.errors[0]["reason"] == reason
    assert len(google.double.cloud.instances) == (1 if struck.committed else 0)


def test_a_quota_may_show_in_the_operation_only(google: Google) -> None:
    google.double.fail(fault.quota_in_operation())
    operation = google.done(google.insert())
    assert operation.error.errors[0].code == "QUOTA_EXCEEDED"
    assert (operation.http_error_status_code, operation.http_error_message) == (403, "FORBIDDEN")
    assert not google.double.cloud.instances


def test_a_connection_may_end_after_the_request_was_carried_out(google: Google) -> None:
    google.double.fail(fault.dropped())
    with pytest.raises(OSError, match=r"Connection|disconnected"):
        google.insert()
    assert len(google.double.cloud.instances) == 1


def test_faults_strike_where_and_as_often_as_they_say(google: Google) -> None:
    google.double.fail(Fault(method="instances.get", status=500, skip=1, times=2))
    google.made()
    assert google.get().name == "fo-1"
    for _ in range(2):
        with pytest.raises(exceptions.InternalServerError):
            google.get()
    assert google.get().name == "fo-1"


def test_a_fault_for_all_calls_lasts_until_it_is_cleared(google: Google) -> None:
    google.double.fail(Fault(method="instances.get", zone=ZONE, status=500, times=0))
    google.made()
    for _ in range(3):
        with pytest.raises(exceptions.InternalServerError):
            google.get()
    google.double.faults.clear()
    assert google.get().name == "fo-1"


def send(url: str, verb: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, method=verb), timeout=10) as answer:
        return json.load(answer)


def test_faults_and_settings_are_switched_from_another_process(google: Google) -> None:
    root = f"{google.double.url}/_double"
    active = send(f"{root}/faults", "POST", {"method": "instances.insert", "status": 500})
    assert [each["status"] for each in active] == [500]
    with pytest.raises(exceptions.InternalServerError):
        google.insert()
    assert send(f"{root}/faults", "GET") == []
    send(f"{root}/faults", "POST", {"operation_seconds": None, "operation_error": None})
    assert send(f"{root}/faults", "DELETE") == []
    send(f"{root}/settings", "PATCH", {"boot_seconds": 60, "unreachable": [ZONE]})
    assert google.double.cloud.landscape.boot_seconds == 60
    assert google.double.server.unreachable == {ZONE}
    for path, verb, body in (("faults", "POST", {"no": "such"}), ("settings", "PATCH", {"no": "such"})):
        with pytest.raises(OSError, match="400"):
            send(f"{root}/{path}", verb, body)


def test_it_runs_as_a_process() -> None:
    command = [sys.executable, "-m", "tests.doubles.gce", "--boot-seconds", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        found = re.search(r"serving (http://\S+)", process.stderr.readline())
        assert found
        page = send(f"{found[1]}/projects/homeground-test/aggregated/instances", "GET")
        process.terminate()
    assert page["kind"] == "compute#instanceAggregatedList"
