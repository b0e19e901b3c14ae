"""httpx and json, with nothing of our own between: what a reflector would have to be written on."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx

PATH = "/api/v1/nodes"


async def nodes(url: str) -> AsyncGenerator[list[tuple[str, str]]]:
    async with httpx.AsyncClient(base_url=url) as client:
        while True:
            found = json.loads((await client.get(PATH)).content)["items"]
            yield [(node["metadata"]["name"], ready(node)) for node in found]


def ready(node: dict[str, Any]) -> str:
    return next(str(each["status"]) for each in node["status"]["conditions"] if each["type"] == "Ready")


async def watch(url: str, quiet: float) -> AsyncIterator[tuple[str, str]]:
    async with httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(5, read=quiet)) as client:
        listing = json.loads((await client.get(PATH)).content)
        for node in listing["items"]:
            yield "ADDED", node["metadata"]["name"]
        query = {"watch": "true", "resourceVersion": listing["metadata"]["resourceVersion"]}
        async with client.stream("GET", PATH, params=query) as response:
            async for line in response.aiter_lines():
                event = json.loads(line)
                yield event["type"], event["object"].get("metadata", {}).get("name", "")


async def delete(url: str, name: str, version: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        body = {"preconditions": {"resourceVersion": version}}
        (await client.request("DELETE", f"{PATH}/{name}", json=body)).raise_for_status()


async def json_patch(url: str, name: str, version: str) -> None:
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
    kind = {"Content-Type": "application/json-patch+json"}
    async with httpx.AsyncClient(base_url=url) as client:
        (await client.patch(f"{PATH}/{name}", content=json.dumps([test]), headers=kind)).raise_for_status()
