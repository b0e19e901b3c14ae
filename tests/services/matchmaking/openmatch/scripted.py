"""A match function and an evaluator that do what a test tells them, on one port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import grpc

from kubeclient.clock import SystemClock
from matchmaking.embedded import core as embedded_core
from matchmaking.embedded.intervals import Intervals
from matchmaking.embedded.local import Local
from matchmaking.embedded.status import Context
from matchmaking.openmatch import evaluator_pb2_grpc, matchfunction_pb2_grpc
from matchmaking.openmatch.backend_pb2 import FetchMatchesRequest, FunctionConfig
from matchmaking.openmatch.evaluator_pb2 import EvaluateRequest, EvaluateResponse
from matchmaking.openmatch.matchfunction_pb2 import RunRequest, RunResponse
from matchmaking.openmatch.messages_pb2 import Match, MatchProfile, Ticket

Propose = Callable[[MatchProfile], Awaitable[Iterable[Match]]]
Accept = Callable[[list[Match]], Iterable[str]]


def everything(proposals: list[Match]) -> Iterable[str]:
    return [match.match_id for match in proposals]


@dataclass
class Script(matchfunction_pb2_grpc.MatchFunctionServicer, evaluator_pb2_grpc.EvaluatorServicer):
    """`functions` are by the name of the profile."""

    port: int = 0
    functions: dict[str, Propose] = field(default_factory=dict)
    accept: Accept = everything
    evaluated: list[list[str]] = field(default_factory=list)
    """The match ids of each cycle."""

    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    """A function was cut off."""

    async def Run(self, request: RunRequest, _: Context) -> AsyncIterator[RunResponse]:  # noqa: N802
        try:
            for match in await self.functions[request.profile.name](request.profile):
                yield RunResponse(proposal=match)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def Evaluate(  # noqa: N802
        self, requests: AsyncIterator[EvaluateRequest], _: Context
    ) -> AsyncIterator[EvaluateResponse]:
        proposals = [request.match async for request in requests]
        self.evaluated.append([match.match_id for match in proposals])
        for match_id in self.accept(proposals):
            yield EvaluateResponse(match_id=match_id)

    def fetch(self, name: str, propose: Propose) -> FetchMatchesRequest:
        """What a director sends to have that function run."""
        self.functions[name] = propose
        config = FunctionConfig(host="127.0.0.1", port=self.port)
        return FetchMatchesRequest(config=config, profile=MatchProfile(name=name))

    def propose(self, name: str, *matches: Match) -> FetchMatchesRequest:
        async def function(_: MatchProfile) -> Iterable[Match]:
            return matches

        return self.fetch(name, function)


def match(*tickets: Ticket, match_id: str = "") -> Match:
    return Match(match_id=match_id or uuid4().hex, match_profile="any", match_function="scripted", tickets=tickets)


def core(local: Local, script: Script, intervals: Intervals | None = None) -> AbstractAsyncContextManager[None]:
    """An embedded core that calls it within the process."""
    local.add("openmatch.MatchFunction", script)
    local.add("openmatch.Evaluator", script)
    return embedded_core.running(
        local, SystemClock(), connect=lambda _: local.channel, evaluator="", intervals=intervals
    )


@asynccontextmanager
async def serve() -> AsyncIterator[Script]:
    script, server = Script(), grpc.aio.server()
    matchfunction_pb2_grpc.add_MatchFunctionServicer_to_server(script, server)
    evaluator_pb2_grpc.add_EvaluatorServicer_to_server(script, server)
    script.port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield script
    finally:
        await server.stop(grace=None)
