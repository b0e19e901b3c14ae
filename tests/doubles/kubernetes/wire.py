"""A Client's transport to the double without any socket: nothing runs but asyncio, so that virtual time is exact."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from kubeclient.client import Client
from kubeclient.error import NoAnswerError
from kubeclient.transport import Answer, Request
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.watches import Broken, Watch


class Wire:
    """Between one program, known to the server as `client`, and the server. `cut` it, and nothing comes through."""

    def __init__(self, server: ApiServer, client: str = "test") -> None:
        self._server, self._client = server, client
        self.cut = False

    async def send(self, request: Request) -> Answer:
        answer = await self._ask(request)
        if isinstance(answer, Watch):
            raise TypeError("a watch is opened, not sent")
        return answer

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator["WireStream"]:
        stream = WireStream(await self._ask(request))
        try:
            yield stream
        finally:
            stream.close()

    async def close(self) -> None:
        """There is nothing to let go of."""

    async def _ask(self, request: Request) -> Answer | Watch:
        if self.cut:
            raise NoAnswerError("the wire is cut")
        try:
            return await self._server.answer(self._client, request)
        except Broken:
            raise NoAnswerError(f"{request.method} {request.path}: the connection broke") from None


class WireStream:
    """The answer to a watch, or the refusal of one."""

    def __init__(self, answer: Answer | Watch) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        return self._answer.status if isinstance(self._answer, Answer) else 200

    async def chunks(self) -> AsyncGenerator[bytes]:
        if isinstance(self._answer, Answer):
            yield self._answer.body
            return
        try:
            async with aclosing(self._answer.lines()) as lines:
                async for line in lines:
                    yield line
        except Broken:
            raise NoAnswerError("the connection broke") from None

    def close(self) -> None:
        if isinstance(self._answer, Watch):
            self._answer.open = False


def client_of(server: ApiServer, name: str = "test") -> Client:
    """A Client of the double, as the program `name`, by its clock."""
    return Client(Wire(server, name), server.clock)
