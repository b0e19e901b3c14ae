"""Whatever its OpenAPI document allows: the API answers, never with 5xx, and with a problem if it refuses."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok

from tests.services.matchmaking.api.ground import Ground, Player, ground

pytestmark = pytest.mark.asyncio

EXAMPLES = 40
"""Of each operation."""


async def test_no_request_is_answered_by_a_fault(tmp_path: Path) -> None:
    async with ground(tmp_path) as place:
        player = await place.player()
        document = (await player.ask("GET", "/v1/openapi.json")).body
        schema = schemathesis.openapi.from_dict(document)
        found = list(schema.get_all_operations())
        operations = [each.ok() for each in found if isinstance(each, Ok)]
        assert len(operations) == len(found) == 8
        for operation in operations:
            await asyncio.to_thread(_fuzz, operation, place, player)
        assert (await (await place.player()).ask("POST", "/v1/tickets", {"mode": "arena/duel"})).status == 201


def _fuzz(operation: Any, place: Ground, player: Player) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy())
    def holds(case: Any) -> None:
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        answer = case.call(
            base_url=f"http://127.0.0.1:{place.port}", headers={"Authorization": f"Bearer {player.token}"}
        )
        assert answer.status_code < 500, f"{case.method} {case.path}: {answer.text}"
        kind = answer.headers.get("content-type", [""])[0]
        assert answer.status_code < 400 or kind.startswith("application/problem+json"), f"{answer.status_code} {kind}"

    holds()
