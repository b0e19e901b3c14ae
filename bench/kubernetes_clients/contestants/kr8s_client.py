"""kr8s: objects as dictionaries with attributes, kinds looked up at the server."""

from collections.abc import AsyncGenerator, AsyncIterator

import kr8s  # type: ignore[import-not-found]
import kr8s.asyncio  # type: ignore[import-not-found]
from kr8s.asyncio.objects import Node  # type: ignore[import-not-found]


async def nodes(url: str) -> AsyncGenerator[list[tuple[str, str]]]:
    api = await kr8s.asyncio.api(url=url)
    while True:
        yield [(node.name, ready(node)) async for node in api.get(Node)]


def ready(node: Node) -> str:
    return next(str(each.status) for each in node.status.conditions if each.type == "Ready")


async def watch(url: str, quiet: float) -> AsyncIterator[tuple[str, str]]:
    api = await kr8s.asyncio.api(url=url)
    api.timeout = quiet  # of the whole client: it has no other
    newest = 0
    async for node in api.get(Node):
        newest = max(newest, int(node.metadata.resourceVersion))  # a list's own is not shown
        yield "ADDED", node.name
    async for kind, node in api.watch(Node, since=str(newest)):
        yield kind, node.name


async def delete(url: str, name: str, version: str) -> None:
    raise NotImplementedError("delete() takes no preconditions")


async def json_patch(url: str, name: str, version: str) -> None:
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
    api = await kr8s.asyncio.api(url=url)
    node = await Node.get(name, api=api)
    await node.patch([test], type="json")
