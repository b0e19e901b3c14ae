"""kubernetes_asyncio: generated from Kubernetes' OpenAPI document."""

from collections.abc import AsyncGenerator, AsyncIterator

from kubernetes_asyncio import client as generated  # type: ignore[import-not-found]
from kubernetes_asyncio import watch as watching


def connect(url: str) -> generated.ApiClient:
    return generated.ApiClient(generated.Configuration(host=url))


async def nodes(url: str) -> AsyncGenerator[list[tuple[str, str]]]:
    async with connect(url) as api:
        core = generated.CoreV1Api(api)
        while True:
            yield [(node.metadata.name, ready(node)) for node in (await core.list_node()).items]


def ready(node: generated.V1Node) -> str:
    return next(str(each.status) for each in node.status.conditions if each.type == "Ready")


async def watch(url: str, quiet: float) -> AsyncIterator[tuple[str, str]]:
    async with connect(url) as api:
        core = generated.CoreV1Api(api)
        listing = await core.list_node()
        for node in listing.items:
            yield "ADDED", node.metadata.name
        stream = watching.Watch().stream(
            core.list_node,
            resource_version=listing.metadata.resource_version,
            allow_watch_bookmarks=True,
            _request_timeout=(5, quiet),  # to connect, and to read
        )
        async for event in stream:
            yield event["type"], event["raw_object"]["metadata"].get("name", "")


async def delete(url: str, name: str, version: str) -> None:
    options = generated.V1DeleteOptions(preconditions=generated.V1Preconditions(resource_version=version))
    async with connect(url) as api:
        await generated.CoreV1Api(api).delete_node(name, body=options)


async def json_patch(url: str, name: str, version: str) -> None:
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
    async with connect(url) as api:
        await generated.CoreV1Api(api).patch_node(name, [test])
