"""Contract: FleetAutoscaler, policies Buffer and Webhook."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.cluster.api import Json
from tests.doubles.agones.world import World, autoscaler, buffer

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("agones")]


def scaler(world: World, policy: Json, seconds: int = 1) -> Json:
    sync = {"type": "FixedInterval", "fixedInterval": {"seconds": seconds}}
    return world.api.create(autoscaler(world.namespace, policy, sync=sync))


def test_a_buffer_of_ready_servers_follows_the_allocated_ones(world: World) -> None:
    fleet = world.fleet(0)
    made = scaler(world, buffer(2, 4))
    world.wait_status(fleet, replicas=2, readyReplicas=2)
    calm = {"ableToScale": True, "scalingLimited": False, "lastAppliedPolicy": "Buffer"}
    found = world.wait_status(made, currentReplicas=2, desiredReplicas=2, **calm)
    assert found["status"]["lastScaleTime"].endswith("Z")
    assert set(found["status"]) == {"currentReplicas", "desiredReplicas", "lastScaleTime", *calm}
    world.allocate()
    world.wait_status(fleet, replicas=3, readyReplicas=2, allocatedReplicas=1)
    for _ in range(2):
        world.allocate()
    world.wait_status(made, currentReplicas=4, desiredReplicas=4, **(calm | {"scalingLimited": True}))
    world.wait_status(fleet, replicas=4, readyReplicas=1, allocatedReplicas=3)
    for server in world.servers("Allocated"):
        world.set_state(server, "Shutdown")
    world.wait_status(fleet, replicas=2, readyReplicas=2, allocatedReplicas=0)
    world.wait_status(made, currentReplicas=2, desiredReplicas=2, **calm)


def test_a_percentage_is_of_the_size_it_makes(world: World) -> None:
    """Three allocated are 60 % of five."""
    fleet = world.ready_fleet(3)
    for _ in range(3):
        world.allocate()
    world.wait_status(fleet, allocatedReplicas=3)
    scaler(world, buffer("40%", 10, 1))
    world.wait_status(fleet, replicas=5, readyReplicas=2)


def test_the_least_size_limits_too(world: World) -> None:
    fleet = world.fleet(0)
    made = scaler(world, buffer(1, 5, 3))
    world.wait_status(fleet, replicas=3, readyReplicas=3)
    world.wait_status(made, desiredReplicas=3, scalingLimited=True)


def test_without_its_fleet_it_is_not_able_to_scale(world: World) -> None:
    """It says so only after it once was: before, it has no status at all."""
    made = scaler(world, buffer(1, 2))
    fleet = world.fleet(0)
    world.wait_status(made, ableToScale=True)
    world.wait_status(fleet, readyReplicas=1)
    world.api.delete(fleet)
    world.wait_gone(fleet)
    none = {"currentReplicas": 0, "desiredReplicas": 0, "ableToScale": False, "scalingLimited": False}
    world.wait_status(made, lastAppliedPolicy="", **none)


def test_what_never_found_its_fleet_has_no_status(world: World) -> None:
    made = scaler(world, buffer(1, 2))
    other = world.in_namespace("witness")
    fleet = other.fleet(0)
    scaler(other, buffer(1, 2))
    other.wait_status(fleet, readyReplicas=1)  # so Agones has had the time
    assert "status" not in world.api.get(made)


def test_a_change_counts_at_once_and_not_at_the_next_interval(world: World) -> None:
    fleet = world.fleet(0)
    made = scaler(world, buffer(1, 5), seconds=3600)
    world.wait_status(fleet, readyReplicas=1)
    world.change(made, {"spec": {"policy": buffer(3, 5)}})
    world.wait_status(fleet, readyReplicas=3)


def test_a_hand_is_overruled(world: World) -> None:
    fleet = world.fleet(0)
    made = scaler(world, buffer(2, 5))
    world.wait_status(fleet, replicas=2, readyReplicas=2)
    world.change(fleet, {"spec": {"replicas": 4}})
    world.wait("the size to be set back", lambda: world.api.get(fleet)["spec"]["replicas"] == 2)
    world.api.delete(made)
    world.wait_gone(made)
    world.change(fleet, {"spec": {"replicas": 1}})
    world.wait_status(fleet, replicas=1, readyReplicas=1)


@contextmanager
def webhook(port: int, answers: list[Json]) -> Iterator[list[Json]]:
    """A server that gives these answers, the last one for ever; it yields the requests it got."""
    got: list[Json] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps({"response": answers[min(len(got), len(answers)) - 1]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield got
        server.shutdown()


def test_a_webhook_says_how_many(world: World) -> None:
    fleet = world.fleet(0)
    port = world.control_plane.ports.take()
    keep, scale = ({"uid": "1", "scale": each, "replicas": 2} for each in (False, True))
    with webhook(port, [keep, scale]) as got:
        made = scaler(world, {"type": "Webhook", "webhook": {"url": f"http://127.0.0.1:{port}/scale"}})
        world.wait_status(fleet, replicas=2, readyReplicas=2)
        world.wait_status(made, desiredReplicas=2, lastAppliedPolicy="Webhook", ableToScale=True)
        request = got[0]["request"]
        assert (request["name"], request["namespace"]) == ("lobby", world.namespace)
        assert request["annotations"] == {"agones.dev/sdk-version": "1.59.0"}
        assert {"replicas", "readyReplicas", "allocatedReplicas", "reservedReplicas"} <= set(request["status"])
        world.api.delete(made)


def test_a_webhook_that_does_not_answer_leaves_the_fleet_alone(world: World) -> None:
    fleet = world.fleet(0)
    port = world.control_plane.ports.take()
    with webhook(port, [{"uid": "1", "scale": True, "replicas": 1}]):
        made = scaler(world, {"type": "Webhook", "webhook": {"url": f"http://127.0.0.1:{port}/"}})
        world.wait_status(fleet, replicas=1, readyReplicas=1)
        world.wait_status(made, ableToScale=True)
    world.wait_status(made, ableToScale=False, desiredReplicas=0, lastAppliedPolicy="")
    assert world.api.get(fleet)["spec"]["replicas"] == 1
