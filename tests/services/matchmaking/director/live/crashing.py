"""Matchmaking as `python -m matchmaking`, with a trap at every write: of the store, Open Match, the Kubernetes API.

It springs once at each kind of write that is not yet in the file `--steps`, to which it is added: without `--victim`
this process kills itself, after the write and before anybody has read the answer; else it kills the process whose id
is in that file, before the write, and goes on.

Signs of life, counts of requests and what is only told (publish) are no writes: nothing rests on them.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import grpc

from kubeclient.connection import Connection
from kubeclient.transport import Answer, Request
from matchmaking import __main__ as program
from matchmaking.matching.server import Matching
from matchmaking.store.valkey import ValkeyStore

UNCOUNTED = ("director/", "summary/")
STORE_WRITES = ("create", "replace", "put", "delete", "keep")
Answering = Callable[..., AsyncIterator[Any]]
CORE_WRITES = ("CreateTicket", "DeleteTicket", "AssignTickets", "ReleaseTickets", "CreateBackfill", "DeleteBackfill")


class Trap:
    """Told of each write, before and after it."""

    def __init__(self, steps: Path, victim: Path | None) -> None:
        self._steps, self._victim = steps, victim

    def before(self, what: str) -> None:
        if self._victim and self._springs(what):
            os.kill(int(self._victim.read_text()), signal.SIGKILL)

    def after(self, what: str) -> None:
        if not self._victim and self._springs(what):
            os.kill(os.getpid(), signal.SIGKILL)

    def _springs(self, what: str) -> bool:
        if what in self._steps.read_text().splitlines():
            return False
        with self._steps.open("a") as steps:
            steps.write(f"{what}\n")
        return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=Path, required=True)
    parser.add_argument("--victim", type=Path)
    given, rest = parser.parse_known_args()
    trap = Trap(given.steps, given.victim)
    for name in STORE_WRITES:
        setattr(ValkeyStore, name, _of_store(trap, name, getattr(ValkeyStore, name)))
    Connection.send = _of_api(trap, Connection.send)  # type: ignore[method-assign, assignment]
    Matching.Run = _of_function(trap, "Run", Matching.Run)  # type: ignore[method-assign]
    Matching.Evaluate = _of_function(trap, "Evaluate", Matching.Evaluate)  # type: ignore[method-assign]
    _set_core(trap)
    return program.main(rest)


def _of_store(trap: Trap, name: str, write: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(write)
    async def trapped(self: ValkeyStore, key: str, *values: Any, **more: Any) -> Any:
        if key.startswith(UNCOUNTED):
            return await write(self, key, *values, **more)
        what = f"{name} {key.split('/', maxsplit=1)[0]}{_phase(*values)}"
        trap.before(what)
        answer = await write(self, key, *values, **more)
        if answer is not False:
            trap.after(what)
        return answer

    return trapped


def _phase(*values: Any) -> str:
    """What is written says how far it is: the last of the values."""
    texts = [each for each in values if isinstance(each, bytes) and each.startswith(b"{")]
    record = json.loads(texts[-1]) if texts else {}
    return "".join(f" {record[each]}" for each in ("phase", "state") if each in record)


def _of_api(
    trap: Trap, send: Callable[[Connection, Request], Awaitable[Answer]]
) -> Callable[[Connection, Request], Awaitable[Answer]]:
    async def trapped(self: Connection, request: Request) -> Answer:
        if request.method == "GET":
            return await send(self, request)
        what = f"{request.method} {request.path.split('/namespaces/')[-1].split('/')[1]}"
        trap.before(what)
        answer = await send(self, request)
        if answer.status < 400:
            trap.after(what)
        return answer

    return trapped


def _of_function(trap: Trap, name: str, function: Answering) -> Answering:
    """Whoever has asked, or has read a part of the answer, is left without the rest."""

    async def trapped(self: Matching, request: Any, context: Any) -> AsyncIterator[Any]:
        trap.after(f"{name} asked")
        async for answer in function(self, request, context):
            yield answer
            trap.after(f"{name} answered")

    return trapped


class _Interceptor(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self, trap: Trap) -> None:
        self._trap = trap

    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        method = client_call_details.method
        name = (method.decode() if isinstance(method, bytes) else method).rpartition("/")[2]
        if name not in CORE_WRITES:
            return await continuation(client_call_details, request)
        self._trap.before(name)
        call = await continuation(client_call_details, request)
        await call
        self._trap.after(name)
        return call


def _set_core(trap: Trap) -> None:
    grpc.aio.insecure_channel = partial(grpc.aio.insecure_channel, interceptors=[_Interceptor(trap)])


if __name__ == "__main__":
    sys.exit(main())
