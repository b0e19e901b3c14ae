"""The cloud itself: instances, their lives, and the operations that change them.

Known: a name is unique in its zone; an insert's machine is seen at once as PROVISIONING and vanishes if the operation
fails (cloud-barista/cb-spider#1186); an insert whose machine is deleted meanwhile ends with 409
(piercefreeman/cloud-gpu-reliability#5). Not known, and so chosen: a second deletion of a machine that is being deleted
goes well; starting a machine that runs goes well and does nothing; the run time begins at RUNNING.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tests.doubles.gce.api_error import already_exists, invalid, not_found, not_ready, stale_fingerprint
from tests.doubles.gce.clock import Clock
from tests.doubles.gce.fault import Fault, OperationError
from tests.doubles.gce.hooks import Hooks
from tests.doubles.gce.instance import Instance
from tests.doubles.gce.operation import Operation
from tests.doubles.gce.request_ids import RequestIds
from tests.doubles.gce.validation import check_instance, check_metadata

Json = dict[str, Any]
NO_FAULT = Fault()
OVERTAKEN = OperationError(
    code="RESOURCE_OPERATION_CONFLICT", status=409, message="The resource was deleted meanwhile."
)
"""Of an insert or a start whose machine is deleted. The status is known, the code is not."""


@dataclass(frozen=True, kw_only=True)
class Landscape:
    """What there is, and how long things take, in seconds."""

    project: str = "homeground-test"
    zones: tuple[str, ...] = ("asia-northeast1-a", "asia-northeast1-b", "asia-northeast1-c")
    families: tuple[str, ...] = ("homeground-test/k8s-kata-node",)
    """Images, as `project/family`."""

    boot_seconds: float = 0.0
    """From insert or start to RUNNING; half of it PROVISIONING, half STAGING. The operation is done then too."""

    stop_seconds: float = 0.0
    list_lag_seconds: float = 0.0
    """Lists are so far behind; `get` is not."""


class Cloud:
    """Its methods are called from one event loop. Those that answer a request raise ApiError."""

    def __init__(self, clock: Clock, landscape: Landscape, hooks: Hooks) -> None:
        self.clock, self.landscape, self.hooks = clock, landscape, hooks
        self.instances: dict[tuple[str, str], Instance] = {}
        self.operations: dict[str, Operation] = {}
        self.removed: list[tuple[float, Instance]] = []
        """With the time: late lists show them still."""

        self._ids = RequestIds()
        self._number = 0

    def configure(self, **changes: Any) -> None:
        """Change the landscape: `boot_seconds=5`. What is under way keeps its times."""
        self.landscape = replace(self.landscape, **changes)

    def forget_requests(self) -> None:
        """Of request ids, all."""
        self._ids.forget()

    def find(self, zone: str, name: str) -> Instance:
        self._check_zone(zone)
        if found := self.instances.get((zone, name)):
            return found
        raise not_found(f"projects/{self.landscape.project}/zones/{zone}/instances/{name}")

    def find_operation(self, zone: str, name: str) -> Operation:
        found = self.operations.get(name)
        if found and found.zone == zone:
            return found
        raise not_found(f"projects/{self.landscape.project}/zones/{zone}/operations/{name}")

    # Requests. Each returns its operation, the first one's if the request id was seen.

    def insert(self, zone: str, body: Json, request_id: str = "", fault: Fault = NO_FAULT) -> Operation:
        self._check_zone(zone)
        check_instance(body, zone, self.landscape.families)
        return self._ids.once(request_id, ["insert", zone, body], partial(self._insert, zone, body, request_id, fault))

    def delete(self, zone: str, name: str, request_id: str = "", fault: Fault = NO_FAULT) -> Operation:
        return self._ids.once(request_id, ["delete", zone, name], partial(self._delete, zone, name, request_id, fault))

    def stop(self, zone: str, name: str, request_id: str = "", fault: Fault = NO_FAULT) -> Operation:
        return self._ids.once(request_id, ["stop", zone, name], partial(self._stop, zone, name, request_id, fault))

    def start(self, zone: str, name: str, request_id: str = "", fault: Fault = NO_FAULT) -> Operation:
        return self._ids.once(request_id, ["start", zone, name], partial(self._start, zone, name, request_id, fault))

    def set_metadata(
        self, zone: str, name: str, body: Json, request_id: str = "", fault: Fault = NO_FAULT
    ) -> Operation:
        check_metadata("metadata", body.get("items", []))
        act = partial(self._set_metadata, zone, name, body, request_id, fault)
        return self._ids.once(request_id, ["setMetadata", zone, name, body], act)

    # How each goes

    def _insert(self, zone: str, body: Json, request_id: str, fault: Fault) -> Operation:
        key = (zone, body["name"])
        if known := self.instances.get(key):
            raise already_exists(known.path)
        self._number += 1
        instance = Instance(self.landscape.project, zone, body, self.clock.now(), self._number)
        self.instances[key] = instance
        operation = self._operation("insert", instance, request_id)
        if fault.operation_error:
            self._later(instance, fault.operation_seconds, self._remove, instance, fault.operation_error)
        else:
            self._boot(instance, fault.operation_seconds)
        return operation

    def _delete(self, zone: str, name: str, request_id: str, fault: Fault) -> Operation:
        instance = self.find(zone, name)
        if fault.operation_error:
            return self._failing("delete", instance, request_id, fault)
        if not instance.doomed:
            self._interrupt(instance)
            instance.status, instance.doomed = "STOPPING", True
            self._later(instance, fault.operation_seconds, self._remove, instance, base=self.landscape.stop_seconds)
        return self._operation("delete", instance, request_id)

    def _stop(self, zone: str, name: str, request_id: str, fault: Fault) -> Operation:
        instance = self.find(zone, name)
        if instance.doomed:
            raise not_ready(instance.path)
        if fault.operation_error:
            return self._failing("stop", instance, request_id, fault)
        if instance.status != "TERMINATED":
            self._interrupt(instance)
            instance.status = "STOPPING"
        operation = self._operation("stop", instance, request_id)
        self._later(instance, fault.operation_seconds, self._off, instance, base=self.landscape.stop_seconds)
        return operation

    def _start(self, zone: str, name: str, request_id: str, fault: Fault) -> Operation:
        instance = self.find(zone, name)
        if instance.status == "STOPPING":
            raise not_ready(instance.path)
        if instance.status != "TERMINATED":
            operation = self._operation("start", instance, request_id)
            instance.pending.remove(operation)
            self._end(operation)
            return operation
        if fault.operation_error:
            return self._failing("start", instance, request_id, fault)
        instance.status = "PROVISIONING"
        operation = self._operation("start", instance, request_id)
        self._boot(instance, fault.operation_seconds)
        return operation

    def _set_metadata(self, zone: str, name: str, body: Json, request_id: str, fault: Fault) -> Operation:
        instance = self.find(zone, name)
        if body.get("fingerprint") != instance.fingerprint:
            raise stale_fingerprint()
        if fault.operation_error:
            return self._failing("setMetadata", instance, request_id, fault)
        instance.metadata, instance.changes = list(body.get("items", [])), instance.changes + 1
        operation = self._operation("setMetadata", instance, request_id)
        instance.pending.remove(operation)
        if fault.operation_seconds is not None:
            self.clock.later(fault.operation_seconds, partial(self._end, operation))
        return operation

    # Lives

    def _boot(self, instance: Instance, extra: float | None) -> None:
        half = self.landscape.boot_seconds / 2
        self._later(instance, extra, self._stage, instance, half, base=half)

    def _stage(self, instance: Instance, half: float) -> None:
        instance.status = "STAGING"
        self._later(instance, half, self._run, instance)

    def _run(self, instance: Instance) -> None:
        instance.status, instance.ran, instance.changes = "RUNNING", True, instance.changes + 1
        instance.take_address()
        self._settle(instance)
        if instance.max_run_seconds is not None:
            self._later(instance, instance.max_run_seconds, self._expire, instance)
        self.hooks.running(instance.guest())

    def _expire(self, instance: Instance) -> None:
        """Its run time is over: the cloud acts by itself."""
        act = self.delete if instance.termination_action == "DELETE" else self.stop
        act(instance.zone, instance.name)

    def _off(self, instance: Instance, error: OperationError | None = None) -> None:
        instance.cancel_timers()
        instance.status = "TERMINATED"
        if instance.ran:
            self.hooks.gone(instance.guest())
        instance.ran, instance.external_address = False, ""
        self._settle(instance, error)

    def _remove(self, instance: Instance, error: OperationError | None = None) -> None:
        self._off(instance, error)
        del self.instances[instance.zone, instance.name]
        self.removed.append((self.clock.now(), instance))

    # Operations

    def _operation(self, kind: str, instance: Instance, request_id: str) -> Operation:
        now = self.clock.now()
        operation = Operation(kind, instance.project, instance.zone, instance.path, instance.id, request_id, now)
        self.operations[operation.name] = operation
        instance.pending.append(operation)
        self.clock.later(0, operation.run)
        return operation

    def _failing(self, kind: str, instance: Instance, request_id: str, fault: Fault) -> Operation:
        """One that changes nothing and fails."""
        operation = self._operation(kind, instance, request_id)
        instance.pending.remove(operation)
        if fault.operation_seconds is not None:
            self.clock.later(fault.operation_seconds, partial(self._end, operation, fault.operation_error))
        return operation

    def _end(self, operation: Operation, error: OperationError | None = None) -> None:
        operation.end(self.clock.now(), error)

    def _settle(self, instance: Instance, error: OperationError | None = None) -> None:
        for operation in instance.pending:
            self._end(operation, error)
        instance.pending.clear()

    def _interrupt(self, instance: Instance) -> None:
        """Something else is to happen to it now."""
        instance.cancel_timers()
        self._settle(instance, OVERTAKEN)

    def _later(
        self, instance: Instance, seconds: float | None, act: Callable[..., None], *given: object, base: float = 0
    ) -> None:
        """Call it then, unless something else happens to the instance first; None is never."""
        if seconds is not None:
            instance.timers.append(self.clock.later(base + seconds, partial(act, *given)))

    def _check_zone(self, zone: str) -> None:
        if zone not in self.landscape.zones:
            raise invalid("zone", zone, "Unknown zone.")
