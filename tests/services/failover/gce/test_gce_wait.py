"""Waiting for operations, with answers that the double does not give."""

from typing import Any

import pytest

from failover.gce import operation
from failover.gce.credentials import Anonymous
from failover.gce.error import GceError, of_operation
from failover.gce.operation import Operations
from failover.gce.rest import Answer, Rest
from failover.provider import ErrorClass

pytestmark = pytest.mark.asyncio
RUNNING: Answer = {"name": "operation-1", "status": "RUNNING"}
DONE: Answer = {"name": "operation-1", "status": "DONE"}


class Waits(Rest):
    """Answers each wait with the next of these, at once; the last one stays."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__("http://127.0.0.1", "homeground-test", Anonymous(), 1)
        self.answers, self.asked = list(answers), 0

    async def call(self, *_: Any, **__: Any) -> Answer:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_one_that_is_done_is_not_waited_for() -> None:
    rest = Waits(DONE)
    await Operations(rest, 1).finish("z-a", DONE)
    assert rest.asked == 0


async def test_a_wait_that_comes_back_early_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation, "PAUSE", 0.001)
    rest = Waits(RUNNING, RUNNING, DONE)
    await Operations(rest, 1).finish("z-a", RUNNING)
    assert rest.asked == 3


async def test_a_server_that_never_waits_is_not_asked_without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation, "PAUSE", 0.05)
    rest = Waits(RUNNING)
    with pytest.raises(GceError) as caught:
        await Operations(rest, 0.12).finish("z-a", RUNNING)
    assert caught.value.error_class is ErrorClass.RETRY
    assert rest.asked <= 4


@pytest.mark.parametrize("answer", [{}, {"kind": "compute#instance"}, {"name": 1, "status": "RUNNING"}])
async def test_an_answer_that_is_no_operation_is_an_error(answer: Answer) -> None:
    rest = Waits(DONE)
    with pytest.raises(GceError) as caught:
        await Operations(rest, 1).finish("z-a", answer)
    assert caught.value.error_class is ErrorClass.RETRY
    assert rest.asked == 0


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        ({"error": {"errors": [{"code": "STOCKOUT_OF_A_KIND_TO_COME"}]}}, ErrorClass.RETRY),
        ({"error": {"errors": []}, "httpErrorStatusCode": 403}, ErrorClass.DENIED),
        ({"httpErrorStatusCode": 409, "httpErrorMessage": "CONFLICT"}, ErrorClass.CONFLICT),
        ({"error": "garbage", "httpErrorStatusCode": 500}, ErrorClass.RETRY),
        (
            {"error": {"errors": [{"code": "UNHEARD_OF"}, {"code": "ZONE_RESOURCE_POOL_EXHAUSTED"}]}},
            ErrorClass.STOCKOUT,
        ),
    ],
)
async def test_a_failure_is_never_taken_for_success(failure: Answer, expected: ErrorClass) -> None:
    with pytest.raises(GceError) as caught:
        await Operations(Waits(DONE), 1).finish("z-a", DONE | failure)
    assert caught.value.error_class is expected


async def test_success_is_no_failure() -> None:
    assert of_operation(DONE | {"httpErrorStatusCode": 200, "warnings": [{"code": "DISK_SIZE"}]}) is None
