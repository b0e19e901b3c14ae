"""Match functions, as the core calls them: anywhere, over gRPC."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

import grpc

from matchmaking.embedded.status import StatusError
from matchmaking.openmatch.backend_pb2 import FunctionConfig
from matchmaking.openmatch.matchfunction_pb2 import RunRequest
from matchmaking.openmatch.matchfunction_pb2_grpc import MatchFunctionStub
from matchmaking.openmatch.messages_pb2 import Match, MatchProfile

if TYPE_CHECKING:  # they are in the stubs' types alone
    from matchmaking.openmatch.matchfunction_pb2_grpc import MatchFunctionAsyncStub


class Functions:
    """A channel an address, kept. An async context manager."""

    def __init__(self) -> None:
        self._channels: dict[str, grpc.aio.Channel] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for channel in self._channels.values():
            await channel.close()

    async def run(self, config: FunctionConfig, profile: MatchProfile, proposals: list[Match]) -> StatusError | None:
        """Append what it proposes, one after another. What it fails with is returned, since what came before counts."""
        address = f"{config.host}:{config.port}"
        channel = self._channels.setdefault(address, grpc.aio.insecure_channel(address))
        function: MatchFunctionAsyncStub = MatchFunctionStub(channel)
        seen: set[str] = set()
        try:
            async for answer in function.Run(RunRequest(profile=profile)):
                match = answer.proposal
                if match.match_id in seen:
                    return StatusError(
                        grpc.StatusCode.UNKNOWN,
                        f"MatchMakingFunction returned same match_id twice: {match.match_id!r}",
                    )
                seen.add(match.match_id)
                proposals.append(match)
        except grpc.aio.AioRpcError as error:
            return StatusError(grpc.StatusCode.UNKNOWN, f"match function at {address}: {error.details()}")
        return None
