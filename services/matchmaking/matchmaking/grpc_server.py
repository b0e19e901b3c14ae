"""How gRPC is spoken: messages that hold a page of tickets, and a server on a port of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

LARGEST_MESSAGE = 64 * 2**20
"""Bytes. gRPC's own limit of 4 MiB is less than a page of tickets; Open Match sets 1 GiB."""

OPTIONS = (
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    ("grpc.max_send_message_length", LARGEST_MESSAGE),
)
"""Of every channel and server that carries tickets."""


def new() -> grpc.aio.Server:
    """One that shares its port with no other process."""
    return grpc.aio.server(options=(*OPTIONS, ("grpc.so_reuseport", 0)))


@asynccontextmanager
async def listening(server: grpc.aio.Server, address: str) -> AsyncIterator[int]:
    """Its port, until the block ends. Raises RuntimeError if the address is taken."""
    port = server.add_insecure_port(address)
    await server.start()
    try:
        yield port
    finally:
        await server.stop(grace=None)
