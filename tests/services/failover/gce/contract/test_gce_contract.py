"""Contract: Google's own client takes the double for Compute Engine. Machines, their lives, and metadata."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from google.api_core import exceptions
from google.api_core.retry import Retry
from google.cloud import compute_v1

from tests.doubles.gce import fault
from tests.services.failover.gce.attempt import KEY, KNOWN, ZONE, attempt
from tests.services.failover.gce.contract.official_client import PLACE, Google

ID = "7b0f9c0e-3a51-4d0a-9d9c-0b8f6f3c2d11"
PATH = f"projects/{KNOWN.project}/zones/{ZONE}/instances/fo-1"


def test_an_inserted_instance_runs_and_is_shown_whole(google: Google) -> None:
    operation = google.insert()
    assert (operation.kind, operation.operation_type) == ("compute#operation", "insert")
    assert operation.target_link.endswith(PATH)
    assert google.done(operation).status == compute_v1.Operation.Status.DONE
    found = google.get()
    assert (found.kind, found.name, found.status) == ("compute#instance", "fo-1", "RUNNING")
    assert found.id == operation.target_id
    assert found.self_link.endswith(PATH)
    assert found.zone.endswith(ZONE)
    assert found.machine_type.endswith(f"{ZONE}/machineTypes/n2-standard-8")
    assert found.labels["failover-cluster"] == "hybrid"
    assert found.advanced_machine_features.enable_nested_virtualization
    assert found.scheduling.max_run_duration.seconds == 86_400
    assert found.network_interfaces[0].access_configs[0].nat_i_p
    assert {item.key: item.value for item in found.metadata.items} == attempt().metadata
    assert found.metadata.fingerprint


def test_the_clients_own_waiting_ends(google: Google) -> None:
    request = {**PLACE, "instance_resource": google.resource()}
    google.instances.insert(request=request).result(timeout=30, polling=Retry(initial=0.01))
    assert google.get().status == "RUNNING"


def test_a_failed_operation_is_an_exception_with_its_status(google: Google) -> None:
    google.double.fail(fault.stockout())
    pending = google.instances.insert(request={**PLACE, "instance_resource": google.resource()})
    with pytest.raises(exceptions.ServiceUnavailable, match="does not have enough resources"):
        pending.result(timeout=30, polling=Retry(initial=0.01))
    operation = google.operations.get(**PLACE, operation=pending.name)
    assert [error.code for error in operation.error.errors] == ["ZONE_RESOURCE_POOL_EXHAUSTED"]
    assert (operation.http_error_status_code, operation.http_error_message) == (503, "SERVICE UNAVAILABLE")
    with pytest.raises(exceptions.NotFound):
        google.get()


def test_a_name_is_unique_in_its_zone_only(google: Google) -> None:
    google.made()
    with pytest.raises(exceptions.Conflict, match=f"The resource '{PATH}' already exists") as caught:
        google.insert()
    assert caught.value.errors[0]["reason"] == "alreadyExists"
    google.insert(zone="asia-northeast1-c", machineType="zones/asia-northeast1-c/machineTypes/n2-standard-8")


def test_a_request_id_leads_to_its_operation(google: Google) -> None:
    first, again = google.insert(request_id=ID), google.insert(request_id=ID)
    assert again.name == first.name
    assert again.client_operation_id == ID
    assert google.insert("fo-2", request_id=str(uuid4())).name != first.name
    assert len(google.double.cloud.instances) == 2


def test_a_request_id_leads_to_its_operation_though_that_failed(google: Google) -> None:
    google.double.fail(fault.stockout())
    first = google.done(google.insert(request_id=ID))
    again = google.insert(request_id=ID)
    assert again.name == first.name
    assert again.error.errors
    assert not google.double.cloud.instances


def test_a_request_id_with_another_body_is_refused(google: Google) -> None:
    google.insert(request_id=ID)
    with pytest.raises(exceptions.BadRequest):
        google.insert("fo-2", request_id=ID)
    with pytest.raises(exceptions.BadRequest):
        google.instances.delete_unary(request={**PLACE, "instance": "fo-1", "request_id": ID})
    assert len(google.double.cloud.instances) == 1


@pytest.mark.parametrize("request_id", ["fo-1", "00000000-0000-0000-0000-000000000000"])
def test_a_request_id_is_a_uuid_and_not_the_zero_one(google: Google, request_id: str) -> None:
    with pytest.raises(exceptions.BadRequest):
        google.insert(request_id=request_id)


def test_a_refused_request_leaves_its_id_free(google: Google) -> None:
    with pytest.raises(exceptions.BadRequest):
        google.insert("Not-A-Name", request_id=ID)
    assert google.done(google.insert(request_id=ID)).status == compute_v1.Operation.Status.DONE


def test_wait_answers_when_the_operation_is_done(slow_google: Google) -> None:
    google = slow_google
    google.double.cloud.configure(boot_seconds=20)
    operation = google.insert()
    assert operation.status == compute_v1.Operation.Status.PENDING
    google.pass_time(19)
    shown = google.operations.get(**PLACE, operation=operation.name)
    assert (shown.status, shown.progress) == (compute_v1.Operation.Status.RUNNING, 0)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(google.done, operation)
        while not google.double.server.count("zoneOperations.wait"):
            assert not waiting.done()
        google.pass_time(1)
        done = waiting.result(30)
    assert (done.status, done.progress) == (compute_v1.Operation.Status.DONE, 100)
    assert google.double.server.count("zoneOperations.wait") == 1


def test_wait_answers_after_two_minutes_in_any_case(slow_google: Google) -> None:
    google = slow_google
    google.double.fail(fault.hanging_operation())
    operation = google.insert()
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(google.done, operation)
        while not google.double.server.count("zoneOperations.wait"):
            assert not waiting.done()
        google.pass_time(120)
        assert waiting.result(30).status == compute_v1.Operation.Status.RUNNING


def test_what_is_not_there_is_not_found(google: Google) -> None:
    with pytest.raises(exceptions.NotFound, match=f"The resource '{PATH}' was not found") as caught:
        google.get()
    assert caught.value.errors[0]["reason"] == "notFound"
    with pytest.raises(exceptions.NotFound):
        google.instances.delete_unary(**PLACE, instance="fo-1")
    with pytest.raises(exceptions.NotFound):
        google.operations.wait(**PLACE, operation="operation-1")
    with pytest.raises(exceptions.NotFound):
        google.instances.get(project="another", zone=ZONE, instance="fo-1", retry=None)


def test_a_deleted_instance_is_gone_when_the_operation_is_done(google: Google) -> None:
    google.made()
    google.done(google.instances.delete_unary(**PLACE, instance="fo-1"))
    with pytest.raises(exceptions.NotFound):
        google.get()


def test_an_instance_that_is_being_deleted_is_stopping(google: Google) -> None:
    google.made()
    google.double.cloud.configure(stop_seconds=60)
    for _ in range(2):
        google.instances.delete_unary(**PLACE, instance="fo-1")
        assert google.get().status == "STOPPING"


def test_an_insert_whose_instance_is_deleted_meanwhile_fails(google: Google) -> None:
    google.double.cloud.configure(boot_seconds=60)
    inserting = google.insert()
    google.done(google.instances.delete_unary(**PLACE, instance="fo-1"))
    assert google.done(inserting).http_error_status_code == 409


def test_a_stopped_instance_starts_with_another_address(google: Google) -> None:
    google.made()
    before = google.get().network_interfaces[0].access_configs[0].nat_i_p
    google.done(google.instances.stop_unary(**PLACE, instance="fo-1"))
    stopped = google.get()
    assert (stopped.status, stopped.network_interfaces[0].access_configs[0].nat_i_p) == ("TERMINATED", "")
    google.done(google.instances.start_unary(**PLACE, instance="fo-1"))
    started = google.get()
    assert started.status == "RUNNING"
    assert started.network_interfaces[0].access_configs[0].nat_i_p not in ("", before)


def test_stopping_what_stops_and_starting_what_runs_does_nothing(google: Google) -> None:
    google.made()
    google.done(google.instances.start_unary(**PLACE, instance="fo-1"))
    assert google.get().status == "RUNNING"
    for _ in range(2):
        google.done(google.instances.stop_unary(**PLACE, instance="fo-1"))
    assert google.get().status == "TERMINATED"


def test_an_instance_that_is_stopping_cannot_be_started(google: Google) -> None:
    google.made()
    google.double.cloud.configure(stop_seconds=60)
    google.instances.stop_unary(**PLACE, instance="fo-1")
    with pytest.raises(exceptions.BadRequest, match="is not ready") as caught:
        google.instances.start_unary(**PLACE, instance="fo-1")
    assert caught.value.errors[0]["reason"] == "resourceNotReady"


def test_metadata_is_written_with_its_fingerprint_only(google: Google) -> None:
    google.made()
    seen = google.get().metadata
    kept = [item for item in seen.items if item.key != KEY]
    written = compute_v1.Metadata(fingerprint=seen.fingerprint, items=kept)
    google.done(google.instances.set_metadata_unary(**PLACE, instance="fo-1", metadata_resource=written))
    found = google.get().metadata
    assert [item.key for item in found.items] == ["enable-oslogin", "password"]
    assert found.fingerprint != seen.fingerprint
    for stale in (written, compute_v1.Metadata(items=kept)):
        with pytest.raises(exceptions.PreconditionFailed, match="Supplied fingerprint") as caught:
            google.instances.set_metadata_unary(**PLACE, instance="fo-1", metadata_resource=stale)
        assert caught.value.errors[0]["reason"] == "conditionNotMet"
