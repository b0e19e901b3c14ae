"""Start-up data off a machine: the join token must not stay where any process of it can read it."""

from failover.gce.error import GceError, unanswered
from failover.gce.instances import Instances
from failover.gce.operation import Operations, fresh_request_id
from failover.gce.rest import Answer
from failover.provider import Place

TRIES = 5
"""Others write metadata too, and the project's own changes fingerprints (terraform-provider-google#3275)."""

CONFLICT = "conditionnotmet"


async def clear(instances: Instances, operations: Operations, place: Place, keys: tuple[str, ...]) -> None:
    """Remove these keys, and return when they are gone; a machine that is gone has none."""
    for _ in range(TRIES):
        resource = await instances.find(place)
        metadata = (resource or {}).get("metadata") or {}
        items = metadata.get("items") or []
        kept = [item for item in items if item.get("key") not in keys]
        if len(kept) == len(items):
            return
        secrets = [str(item.get("value", "")) for item in items]
        body = {"fingerprint": metadata.get("fingerprint", ""), "items": kept}
        if await _written(instances, operations, place, body, secrets):
            return
    raise unanswered(f"the metadata of {place.name} kept changing")


async def _written(
    instances: Instances, operations: Operations, place: Place, body: Answer, secrets: list[str]
) -> bool:
    """Whether it was; not, if somebody else wrote first. GCE says so in the call (412), or in the operation."""
    try:
        operation = await instances.set_metadata(place, body, fresh_request_id(), secrets)
        if operation is not None:
            await operations.finish(place.zone, operation, secrets)
    except GceError as error:
        if error.status == 412 or CONFLICT in error.reasons:
            return False
        raise
    return True
