"""`python -m bench.matchmaking.stand_in PACE`: what contestants need of the Kubernetes API.

In a process of its own. It answers allocations with a new server each, all `PACE` seconds in a batch as Agones does, or
at once for 0. Servers are indexed by match, as those of the double of our tests are not: that would be measured then.
"""

import asyncio
import itertools
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from kubeclient.resources import Json
from matchmaking.words import MATCH

NAMESPACE, GAME, MODE, PORT = "bench", "lobby", "duel", "game"
ALLOCATIONS = "/apis/allocation.agones.dev/v1/namespaces/{namespace}/gameserverallocations"
SERVERS = "/apis/agones.dev/v1/namespaces/{namespace}/gameservers"
OTHERS = ("/api/v1/nodes", "/apis/homeground.dev/v1/nodefailovers")
FILLER = [{"name": f"SETTING_{number}", "value": "x" * 40} for number in range(24)]
"""With it a server is as long as one that Agones has completed: some 3 KB."""


@dataclass
class StandIn:
    """The state, and the handlers of requests."""

    pace: float
    servers: dict[str, Json] = field(default_factory=dict)
    by_match: dict[str, set[str]] = field(default_factory=dict)
    watches: list[asyncio.Queue[bytes]] = field(default_factory=list)
    batch: asyncio.Event = field(default_factory=asyncio.Event)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    version: int = 1

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post(ALLOCATIONS, self.allocate)
        application.router.add_get(SERVERS, self.read)
        application.router.add_delete(f"{SERVERS}/{{name}}", self.delete)
        for path in OTHERS:
            application.router.add_get(path, self.read)
        return application

    async def beat(self) -> None:
        """Let a batch through now and then."""
        while True:
            await asyncio.sleep(self.pace)
            self.batch.set()
            self.batch = asyncio.Event()

    async def allocate(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(await request.read(), type=dict[str, Any])
        if self.pace:
            await self.batch.wait()
        made = self._made(body["spec"].get("metadata") or {})
        name, status = made["metadata"]["name"], made["status"]
        body["metadata"]["name"] = name
        told = {each: status[each] for each in ("ports", "address", "addresses", "nodeName")}
        body["status"] = {"state": "Allocated", "gameServerName": name, "source": "local"} | told
        return _json(body, 201)

    async def read(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("labelSelector", "")
        if request.query.get("watch"):
            return await self._watch(request, wanted)
        items = [self.servers[name] for name in self._selected(wanted)]
        return _json({"kind": "List", "metadata": {"resourceVersion": str(self.version)}, "items": items})

    async def delete(self, request: web.Request) -> web.Response:
        server = self.servers.pop(request.match_info["name"], None)
        if server is None:
            return _json({"kind": "Status", "code": 404, "reason": "NotFound"}, 404)
        self.by_match[server["metadata"]["labels"][MATCH]].discard(server["metadata"]["name"])
        self._tell("DELETED", server)
        return _json(server)

    def _selected(self, wanted: str) -> Iterable[str]:
        """Names, by the selectors that ours asks with. None is without a site, nor is there any node."""
        if wanted == MATCH:
            return [name for names in self.by_match.values() for name in names]
        return self.by_match.get(wanted.removeprefix(f"{MATCH}="), ())

    def _made(self, given: Json) -> Json:
        number = next(self.numbers)
        self.version += 1
        made = server(number, self.version, given)
        self.servers[made["metadata"]["name"]] = made
        if match := made["metadata"]["labels"].get(MATCH):
            self.by_match.setdefault(match, set()).add(made["metadata"]["name"])
            self._tell("ADDED", made)
        return made

    def _tell(self, kind: str, obj: Json) -> None:
        line = msgspec.json.encode({"type": kind, "object": obj}) + b"\n"
        for each in self.watches:
            each.put_nowait(line)

    async def _watch(self, request: web.Request, wanted: str) -> web.StreamResponse:
        """Whoever watches anything but servers with a match hears nothing: the others never change here."""
        response = web.StreamResponse()
        await response.prepare(request)
        lines: asyncio.Queue[bytes] = asyncio.Queue()
        if wanted == MATCH:
            self.watches.append(lines)
        while True:
            await response.write(await lines.get())


def server(number: int, version: int, given: Json) -> Json:
    """One that Agones has just given away."""
    name = f"lobby-{number:06}"
    ports = [{"name": PORT, "port": 7000 + number % 1000}]
    return {
        "apiVersion": "agones.dev/v1",
        "kind": "GameServer",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "uid": f"{number:08x}-0000-4000-8000-000000000000",
            "resourceVersion": str(version),
            "labels": given.get("labels") or {},
            "annotations": given.get("annotations") or {},
        },
        "spec": {"template": {"spec": {"containers": [{"name": "server", "image": "example/lobby", "env": FILLER}]}}},
        "status": {
            "state": "Allocated",
            "nodeName": "machine-1",
            "ports": ports,
            "address": "203.0.113.1",
            "addresses": [{"type": "ExternalIP", "address": "203.0.113.1"}],
        },
    }


def _json(obj: Json, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(obj), status=status, content_type="application/json")


async def main(pace: float) -> None:
    stand_in = StandIn(pace)
    runner = web.AppRunner(stand_in.application(), access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    if pace:
        await stand_in.beat()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
