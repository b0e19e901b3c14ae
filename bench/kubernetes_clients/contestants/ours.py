"""Ours."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from kubeclient.backoff import Backoff
from kubeclient.client import Client
from kubeclient.clock import SystemClock
from kubeclient.configuration import Configuration
from kubeclient.connection import Connection
from kubeclient.reflector import Reflector
from kubeclient.resources import NODES, Json, Key


def connect(url: str) -> Client:
    return Client(Connection(Configuration(url), agent="bench/0"))


async def nodes(url: str) -> AsyncGenerator[list[tuple[str, str]]]:
    async with connect(url) as client:
        while True:
            yield [(node["metadata"]["name"], ready(node)) for node in (await client.list(NODES, page=0)).items]


def ready(node: Json) -> str:
    return next(str(each["status"]) for each in node["status"]["conditions"] if each["type"] == "Ready")


async def watch(url: str, quiet: float) -> AsyncIterator[tuple[str, str]]:
    told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def tell(key: Key, old: Json | None, new: Json | None) -> None:
        told.put_nowait(("DELETED" if new is None else "MODIFIED" if old else "ADDED", key[1]))

    async with connect(url) as client:
        reflector = Reflector(
            client, SystemClock(), NODES, lambda node: node, inactivity_seconds=quiet, backoff=Backoff(first=0.1)
        )
        reflector.on_change(tell)
        running = asyncio.create_task(reflector.run())
        while not running.done():
            yield await told.get()


async def delete(url: str, name: str, version: str) -> None:
    async with connect(url) as client:
        await client.delete(NODES, name, version=version)


async def json_patch(url: str, name: str, version: str) -> None:
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
    async with connect(url) as client:
        await client.json_patch(NODES, name, [test])
