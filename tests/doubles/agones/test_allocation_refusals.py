"""Contract: the allocations that are refused, and in which words."""

from typing import Any

import pytest

from tests.cluster.api import Json
from tests.doubles.agones.world import World, refusal

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("agones")]

NUMBER = "must be greater than or equal to 0"
REFUSED: dict[str, tuple[Json, list[tuple[str, str]]]] = {
    "scheduling": (
        {"scheduling": "Tight"},
        [("spec.scheduling", 'Unsupported value: "Tight": supported values: "Packed", "Distributed"')],
    ),
    "state": (
        {"selectors": [{"gameServerState": "Shutdown"}]},
        [
            (
                "spec.selectors[0].gameServerState",
                'Invalid value: "Shutdown": GameServerState must be either Allocated or Ready',
            )
        ],
    ),
    "operator": (
        {"selectors": [{"matchExpressions": [{"key": "a", "operator": "Like"}]}]},
        [
            (
                "spec.selectors[0].labelSelector",
                'Invalid value: {"matchExpressions":[{"key":"a","operator":"Like"}]}: '
                'Error converting label selector: "Like" is not a valid label selector operator',
            )
        ],
    ),
    "no values": (
        {"selectors": [{"matchExpressions": [{"key": "a", "operator": "In"}]}]},
        [
            (
                "spec.selectors[0].labelSelector",
                'Invalid value: {"matchExpressions":[{"key":"a","operator":"In"}]}: Error converting label selector: '
                "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
            )
        ],
    ),
    "counters": (
        {"selectors": [{"counters": {"r": {"minCount": -1, "minAvailable": 5, "maxAvailable": 2}}}]},
        [
            ("spec.selectors[0].counters[r].minCount", f"Invalid value: -1: {NUMBER}"),
            (
                "spec.selectors[0].counters[r]",
                "Invalid value: 2: maxAvailable must zero or greater than minAvailable 5",
            ),
        ],
    ),
    "priorities": (
        {"priorities": [{"type": "Age", "order": "Up"}]},
        [
            ("spec.priorities[0]", 'Invalid value: "Age": type must be "Counter" or "List"'),
            ("spec.priorities[0]", 'Invalid value: "Age": key must not be nil'),
            ("spec.priorities[0]", 'Invalid value: "Up": order must be "Ascending" or "Descending"'),
        ],
    ),
    "actions": (
        {"counters": {"r": {"amount": -2}}, "lists": {"l": {"capacity": -1}}},
        [
            ("spec.counters[r].amount", f"Invalid value: -2: {NUMBER}"),
            (
                "spec.counters[r]",
                'Invalid value: null: action must be "Increment" or "Decrement" if the amount is not nil',
            ),
            ("spec.lists[l].capacity", f"Invalid value: -1: {NUMBER}"),
        ],
    ),
}


@pytest.mark.parametrize(("spec", "causes"), REFUSED.values(), ids=REFUSED)
def test_refusals(world: World, spec: Json, causes: list[tuple[str, str]]) -> None:
    error = refusal(lambda: world.allocate(**spec))
    found: Any = error.body["details"]["causes"]
    assert (error.status, error.reason) == (422, "Invalid")
    assert [(each["field"], each["message"]) for each in found] == causes
    texts = [f"{field}: {message}" for field, message in causes]
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    assert error.message == f'GameServerAllocation.allocation.agones.dev "" is invalid: {text}'


def test_labels_and_annotations_that_kubernetes_would_not_take(world: World) -> None:
    patch = {"labels": {"bad key": "fine", "fine": "bad value"}, "annotations": {"/": "x"}}
    error = refusal(lambda: world.allocate(metadata=patch))
    fields = sorted(each["field"] for each in error.body["details"]["causes"])
    assert fields == [*["spec.metadata.annotations"] * 3, *["spec.metadata.labels"] * 2]
    assert "a valid label must be an empty string or consist of alphanumeric characters" in error.message


def test_what_is_no_allocation_at_all(world: World) -> None:
    error = refusal(lambda: world.allocate(selectors="all"))
    assert error.status == 500
    assert error.message.startswith("error decoding body")
