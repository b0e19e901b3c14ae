"""The Provider of Compute Engine. Every call may be repeated, by this process or by another."""

from failover.gce import metadata
from failover.gce.credentials import ApplicationDefault, Credentials
from failover.gce.error import GceError, unanswered
from failover.gce.instances import Instances
from failover.gce.label import label_value
from failover.gce.listing import every_instance
from failover.gce.operation import Operations, failed, fresh_request_id, would_repeat_a_failure
from failover.gce.resource import REQUEST, received, to_send
from failover.gce.rest import Observe, Rest, unobserved
from failover.gce.settings import GceSettings
from failover.provider import ErrorClass, Instance, InstanceRequest, InstanceState, Place


class GceProvider:
    """One project's machines. `observe` is told of every call, for metrics."""

    def __init__(
        self, settings: GceSettings, credentials: Credentials | None = None, observe: Observe = unobserved
    ) -> None:
        self._settings = settings
        known = credentials or ApplicationDefault()
        self._rest = Rest(settings.api, settings.project, known, settings.call_seconds, observe)
        self._instances = Instances(self._rest)
        self._operations = Operations(self._rest, settings.operation_seconds)

    async def insert(self, request: InstanceRequest) -> None:
        """Make the machine, or find that an earlier call made it.

        The same request id leads to the same operation, even after an answer that got lost. Past GCE's memory for
        ids the name is taken, and the label tells by whom.
        """
        zone, secrets = request.place.zone, tuple(request.metadata.values())
        body = to_send(request, self._settings)
        try:
            operation = await self._instances.insert(zone, body, request.request_id, secrets)
            if would_repeat_a_failure(operation):
                operation = await self._instances.insert(zone, body, fresh_request_id(), secrets)
            await self._operations.finish(zone, operation, secrets)
        except GceError as error:
            # 400: were the id refused because the settings changed since, the machine is there all the same.
            if error.status not in (400, 409):
                raise
            await self._adopt(request, error)

    async def get(self, place: Place) -> Instance | None:
        resource = await self._instances.find(place)
        return None if resource is None else received(resource, self._settings.project)

    async def list(self) -> list[Instance]:
        return await every_instance(self._rest, self._settings)

    async def delete(self, place: Place, request_id: str) -> None:
        operation = await self._instances.delete(place, request_id)
        # An id stands for its operation for ever, for one that failed too: deleting again needs another.
        if operation and failed(operation):
            operation = await self._instances.delete(place, fresh_request_id())
        if operation and (error := failed(operation)):
            raise error

    async def clear_metadata(self, place: Place, keys: tuple[str, ...]) -> None:
        await metadata.clear(self._instances, self._operations, place, keys)

    async def start(self, place: Place) -> None:
        """Switch it on. It may meet a stockout as an insert does. One that is gone is INVALID."""
        found = await self.get(place)
        if found and found.state is InstanceState.STOPPING:
            raise unanswered(f"{place.name} is still stopping")
        if found and found.state is not InstanceState.STOPPED:
            return
        operation = await self._instances.start(place, fresh_request_id()) if found else None
        if operation is None:
            raise GceError(ErrorClass.INVALID, f"no machine {place.name} in {place.zone} to start", 404)
        await self._operations.finish(place.zone, operation)

    async def close(self) -> None:
        await self._rest.close()

    async def _adopt(self, request: InstanceRequest, refusal: GceError) -> None:
        """Return if the machine is there and this attempt's; else raise the refusal."""
        found = await self.get(request.place)
        if found is None and refusal.status == 409 and not refusal.late:
            raise unanswered(f"{request.place.name} was taken, and is free again", refusal.status) from None
        if found is None or found.labels.get(REQUEST) != label_value(request.request_id):
            raise refusal
