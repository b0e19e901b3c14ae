"""The embedded core over gRPC, as Open Match is reached: for what is tried with several processes."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from kubeclient.clock import Clock
from matchmaking import grpc_server
from matchmaking.embedded import core
from matchmaking.embedded.intervals import Intervals
from matchmaking.embedded.local import Local
from matchmaking.openmatch import backend_pb2_grpc, frontend_pb2_grpc, query_pb2_grpc


class Channels(dict[str, grpc.aio.Channel]):
    """By address, each kept."""

    def to(self, address: str) -> grpc.aio.Channel:
        if address not in self:
            self[address] = grpc.aio.insecure_channel(address, options=grpc_server.OPTIONS)
        return self[address]

    async def close(self) -> None:
        for channel in self.values():
            await channel.close()


def free_port() -> int:
    """For a server and its clients, of whom each has to know the other's first."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def serve(
    address: str, *, evaluator: str, clock: Clock, intervals: Intervals | None = None
) -> AsyncIterator[int]:
    """Its port. Functions and evaluator are called by their addresses."""
    local, channels = Local(), Channels()
    server = grpc_server.new()
    async with core.running(local, clock, connect=channels.to, evaluator=evaluator, intervals=intervals):
        frontend_pb2_grpc.add_FrontendServiceServicer_to_server(local.servicer("openmatch.FrontendService"), server)
        query_pb2_grpc.add_QueryServiceServicer_to_server(local.servicer("openmatch.QueryService"), server)
        backend_pb2_grpc.add_BackendServiceServicer_to_server(local.servicer("openmatch.BackendService"), server)
        try:
            async with grpc_server.listening(server, address) as port:
                yield port
        finally:
            await channels.close()
