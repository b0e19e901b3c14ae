"""The double's allocator: what the real one shows too seldom to be waited for."""

from typing import Any

import pytest

from tests.cluster.api import ApiError
from tests.doubles.agones import allocation_request
from tests.doubles.agones.allocation import Allocator, UpdateError
from tests.doubles.agones.informer import Informer
from tests.doubles.agones.names import Json
from tests.doubles.agones.objects import Objects


class Refusing:
    """An API server at which every update comes too late."""

    def __init__(self) -> None:
        self.updates = 0

    def replace(self, obj: Json, subresource: str = "") -> Json:
        self.updates += 1
        raise ApiError(409, "Conflict", f"{obj['metadata']['name']}{subresource} has been modified")


def server(name: str) -> Json:
    metadata = {"name": name, "namespace": "ns", "uid": name, "resourceVersion": "1", "generation": 1}
    status = {"state": "Ready", "nodeName": ""}
    return {"apiVersion": "agones.dev/v1", "kind": "GameServer", "metadata": metadata, "status": status}


def allocator(names: list[str], api: Any) -> Allocator:
    objects = Objects(api)
    made = Allocator(objects, batch_wait=0.01)
    for name in names:
        objects.servers.observe(server(name))
    made.start()
    return made


def request() -> Json:
    return allocation_request.parse({}, "ns")


def test_contention_is_told_when_servers_are_taken_while_a_batch_is_worked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = allocator(["one", "two"], Refusing())
    monkeypatch.setattr(made.cache, "remove", lambda _: False)
    assert made.allocate(request())["status"]["state"] == "Contention"


def test_five_conflicts_are_an_error_and_fewer_servers_are_none() -> None:
    api = Refusing()
    with pytest.raises(UpdateError):
        allocator([f"s{number}" for number in range(6)], api).allocate(request())
    assert api.updates == 5
    assert allocator(["one", "two"], Refusing()).allocate(request())["status"]["state"] == "UnAllocated"


def test_the_dead_stay_dead_and_old_news_is_no_news() -> None:
    informer = Informer(Refusing(), "v1", "GameServer")  # type: ignore[arg-type]
    heard: list[tuple[str | None, str | None]] = []

    def version(obj: Json | None) -> str | None:
        return str(obj["metadata"]["resourceVersion"]) if obj else None

    informer.on_change(lambda old, new: heard.append((version(old), version(new))))
    first, second = server("one"), server("one")
    second["metadata"]["resourceVersion"] = "10"
    for obj in (first, second, first):
        informer.observe(obj)
    informer.forget(second)
    informer.observe(second)
    assert heard == [(None, "1"), ("1", "10"), ("10", None)]
    assert informer.list() == []
