"""lightkube: models as dataclasses, decoded when a field is read."""

from collections.abc import AsyncGenerator, AsyncIterator

from lightkube import AsyncClient, KubeConfig  # type: ignore[import-not-found]
from lightkube.config.models import Cluster, User  # type: ignore[import-not-found]
from lightkube.resources.core_v1 import Node  # type: ignore[import-not-found]
from lightkube.types import PatchType, on_error_retry  # type: ignore[import-not-found]


def connect(url: str) -> AsyncClient:
    return AsyncClient(KubeConfig.from_one(cluster=Cluster(server=url), user=User(token="none")))


async def nodes(url: str) -> AsyncGenerator[list[tuple[str, str]]]:
    client = connect(url)
    while True:
        yield [(node.metadata.name, ready(node)) async for node in client.list(Node)]


def ready(node: Node) -> str:
    return next(str(each.status) for each in node.status.conditions if each.type == "Ready")


async def watch(url: str, quiet: float) -> AsyncIterator[tuple[str, str]]:  # noqa: ARG001 - a read timeout is ignored
    client = connect(url)
    listing = client.list(Node)
    async for node in listing:
        yield "ADDED", node.metadata.name
    stream = client.watch(Node, resource_version=listing.resourceVersion, on_error=on_error_retry)
    async for kind, node in stream:
        yield kind, node.metadata.name


async def delete(url: str, name: str, version: str) -> None:
    raise NotImplementedError("delete() takes no preconditions")


async def json_patch(url: str, name: str, version: str) -> None:
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
    client = connect(url)
    await client.patch(Node, name, [test], patch_type=PatchType.JSON)
    await client.close()
