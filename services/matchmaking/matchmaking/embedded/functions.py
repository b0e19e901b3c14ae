"""Match functions, as the core calls them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import grpc

from matchmaking.embedded.status import StatusError
from matchmaking.openmatch.backend_pb2 import FunctionConfig
from matchmaking.openmatch.matchfunction_pb2 import RunRequest
from matchmaking.openmatch.matchfunction_pb2_grpc import MatchFunctionStub
from matchmaking.openmatch.messages_pb2 import Match, MatchProfile

if TYPE_CHECKING:  # they are in the stubs' types alone
    from matchmaking.openmatch.matchfunction_pb2_grpc import MatchFunctionAsyncStub


Connect = Callable[[str], grpc.aio.Channel]
"""A channel to host:port: the same one each time."""


class Functions:
    """By the address that a director names."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    async def run(self, config: FunctionConfig, profile: MatchProfile, proposals: list[Match]) -> StatusError | None:
        """Append what it proposes, one after another. What it fails with is returned, since what came before counts."""
        address = f"{config.host}:{config.port}"
        function: MatchFunctionAsyncStub = MatchFunctionStub(self._connect(address))
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
