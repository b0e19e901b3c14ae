"""The evaluator, as the core calls it."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import grpc

from matchmaking.embedded.status import StatusError
from matchmaking.openmatch.evaluator_pb2 import EvaluateRequest
from matchmaking.openmatch.evaluator_pb2_grpc import EvaluatorStub
from matchmaking.openmatch.messages_pb2 import Match

if TYPE_CHECKING:  # they are in the stubs' types alone
    from matchmaking.openmatch.evaluator_pb2_grpc import EvaluatorAsyncStub


class Evaluation:
    """All proposals of a cycle in one call."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._evaluator: EvaluatorAsyncStub = EvaluatorStub(channel)

    async def accepted(self, proposals: list[Match]) -> list[str]:
        """As synchronizer.Evaluate."""

        async def requests() -> AsyncIterator[EvaluateRequest]:
            for match in proposals:
                yield EvaluateRequest(match=match)

        try:
            return [answer.match_id async for answer in self._evaluator.Evaluate(requests())]
        except grpc.aio.AioRpcError as error:
            raise StatusError(grpc.StatusCode.UNKNOWN, f"error calling evaluator: {error.details()}") from error
