"""What a player is told when something behind the API fails: a problem, and nothing of what is in it."""

from pathlib import Path

import grpc
import pytest
from limits.errors import StorageError

from matchmaking.api.limiter import Limiter
from matchmaking.store import StoreError
from tests.services.matchmaking.api.ground import DUEL, ground

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("failure", "status", "name"),
    [
        (StoreError("valkey:6379 is gone"), 503, "unavailable"),
        (
            grpc.aio.AioRpcError(
                grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), "om-frontend is gone"
            ),
            503,
            "unavailable",
        ),
        (KeyError("gone: a fault of ours"), 500, "internal"),
    ],
)
async def test_a_failure_is_a_problem(
    failure: Exception, status: int, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ground(tmp_path) as place:
        anna = await place.player()

        async def fails(*_: object) -> None:
            raise failure

        monkeypatch.setattr(place.desk.queue, "create", fails)
        answer = await anna.ask("POST", "/v1/tickets", {"mode": DUEL.id})
        assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.body["type"].endswith(f"/{name}")
        assert "gone" not in str(answer.body)
        monkeypatch.undo()
        assert (await anna.ask("POST", "/v1/tickets", {"mode": DUEL.id})).status == 201


async def test_requests_that_cannot_be_counted_are_not_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ground(tmp_path) as place:
        anna = await place.player()

        async def fails(*_: object) -> None:
            raise StorageError(ConnectionError("valkey:6379 is gone"))

        monkeypatch.setattr(Limiter, "hit_from", fails)
        answer = await anna.ask("GET", "/v1/status")
        assert (answer.status, answer.body["type"].rsplit("/", 1)[1]) == (503, "unavailable")
