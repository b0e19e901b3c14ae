"""The Fleet that makes up for stranded servers, and its writes."""

from failover import words
from failover.decision.action import ChangeOverflow, CreateOverflow, DeleteOverflow
from failover.decision.overflow import SUFFIX
from kubeclient.client import Client
from kubeclient.resources import FLEETS, Json


async def create(client: Client, action: CreateOverflow) -> None:
    """Raises ApiError, `exists` when it is there already."""
    fleet = await client.get(FLEETS, action.fleet, action.namespace)
    await client.create(FLEETS, overflow_of(fleet, action.replicas))


async def change(client: Client, action: ChangeOverflow) -> None:
    """Another size, and the template that the Fleet has now. Raises ApiError, `conflict` for another version."""
    fleet = await client.find(FLEETS, action.fleet, action.namespace)
    ours = await client.get(FLEETS, f"{action.fleet}{SUFFIX}", action.namespace)
    wanted = overflow_of(fleet, action.replicas) if fleet else ours
    spec = wanted["spec"] | {"replicas": action.replicas}
    metadata = ours["metadata"] | {"resourceVersion": action.version}
    await client.replace(FLEETS, ours | {"metadata": metadata, "spec": spec})


async def delete(client: Client, action: DeleteOverflow) -> None:
    name = f"{action.fleet}{SUFFIX}"
    await client.delete(FLEETS, name, action.namespace, uid=action.uid, version=action.version)


def overflow_of(fleet: Json, replicas: int) -> Json:
    """A Fleet with another's template: its servers carry the game's label, so allocation finds them too."""
    metadata, spec = fleet["metadata"], fleet["spec"]
    game = (metadata.get("labels") or {}).get(words.GAME)
    labels = {words.OVERFLOW: metadata["name"]} | ({words.GAME: game} if game else {})
    copied = {key: spec[key] for key in ("scheduling", "strategy", "template") if key in spec}
    return {
        "apiVersion": FLEETS.api_version,
        "kind": FLEETS.kind,
        "metadata": {"name": f"{metadata['name']}{SUFFIX}", "namespace": metadata["namespace"], "labels": labels},
        "spec": {"replicas": replicas, **copied},
    }
