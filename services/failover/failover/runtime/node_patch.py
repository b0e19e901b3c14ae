"""Changes of a Node that leave everything else of it as it is, in the one version that was looked at."""

from collections.abc import Callable, Mapping

from failover import words
from kubeclient.client import Client
from kubeclient.resources import NODES, Json

OUT_OF_SERVICE: Json = {"key": words.OUT_OF_SERVICE, "value": words.OWNER, "effect": "NoExecute"}


def unchanged(version: str) -> Mapping[str, str]:
    """The precondition of a JSON patch: nobody wrote since."""
    return {"op": "test", "path": "/metadata/resourceVersion", "value": version}


async def add_taint(client: Client, node: str, version: str, taint: Json) -> None:
    """Raises ApiError, `conflict` when the node has another version."""
    await _change(client, node, version, lambda taints: [*taints, taint])


async def remove_taint(client: Client, node: str, version: str, key: str, value: str | None = None) -> None:
    """Remove the taints of that key, or of that key and value alone. Raises ApiError as `add_taint`."""

    def others(taints: list[Json]) -> list[Json]:
        return [t for t in taints if t["key"] != key or (value is not None and t.get("value") != value)]

    await _change(client, node, version, others)


async def cordon(client: Client, node: str, version: str, epoch: int) -> None:
    """Make it unschedulable under that epoch; 0 takes a cordon of ours back. Raises ApiError as `add_taint`."""
    metadata = {"resourceVersion": version, "annotations": {words.CORDON: str(epoch) if epoch else None}}
    spec = {"unschedulable": True if epoch else None}
    await client.merge_patch(NODES, node, {"metadata": metadata, "spec": spec})


async def _change(client: Client, node: str, version: str, change: Callable[[list[Json]], list[Json]]) -> None:
    """Others' taints, and the times in them, stay: the list is read and written in the same version."""
    found = await client.get(NODES, node)
    taints = change(found["spec"].get("taints") or [])
    await client.json_patch(NODES, node, [unchanged(version), {"op": "add", "path": "/spec/taints", "value": taints}])
