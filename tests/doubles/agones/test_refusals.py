"""Contract: what the webhooks refuse, and in which words."""

import copy
from typing import Any

import pytest

from tests.cluster.api import Json
from tests.doubles.agones.world import World, autoscaler, buffer, refusal

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("agones")]

GAME = {"name": "game", "image": "registry.example/game:1"}
CONTAINER = "Container is required when using multiple containers in the pod template"
INNER = "ContainerPort must be defined for Dynamic and Static PortPolicies"
TWO = {"containers": [GAME, GAME | {"name": "log"}]}
REFUSED: dict[str, tuple[Json, list[tuple[str, str]]]] = {
    "two containers": (
        {"pod": TWO},
        [
            ("spec.container", f"Required value: {CONTAINER}"),
            ("spec.container", 'Invalid value: "": Could not find a container named '),
        ],
    ),
    "unknown container": (
        {"pod": TWO, "container": "gone"},
        [
            ("spec.container", 'Invalid value: "gone": Could not find a container named gone'),
            (
                "spec.ports[0].container",
                'Invalid value: "gone": Container must be empty or the name of a container in the pod template',
            ),
        ],
    ),
    "no container port": (
        {"ports": [{"name": "p"}]},
        [("spec.ports[0].containerPort", f"Required value: {INNER}")],
    ),
    "passthrough": (
        {"ports": [{"name": "p", "portPolicy": "Passthrough", "containerPort": 1}]},
        [
            (
                "spec.ports[0].containerPort",
                "Required value: ContainerPort cannot be specified with Passthrough PortPolicy",
            )
        ],
    ),
    "dynamic host port": (
        {"ports": [{"name": "p", "containerPort": 1, "hostPort": 2}]},
        [
            (
                "spec.ports[0].hostPort",
                "Forbidden: HostPort cannot be specified with a Dynamic or Passthrough PortPolicy",
            )
        ],
    ),
    "port of no container": (
        {"ports": [{"name": "p", "containerPort": 1, "container": "gone"}]},
        [
            (
                "spec.ports[0].container",
                'Invalid value: "gone": Container must be empty or the name of a container in the pod template',
            )
        ],
    ),
    "players": (
        {"players": {"initialCapacity": 3}},
        [("spec.players", "Forbidden: Value cannot be set unless feature flag PlayerTracking is enabled")],
    ),
    "resources": (
        {"pod": {"containers": [GAME | {"resources": {"limits": {"cpu": "500m"}, "requests": {"cpu": "1000m"}}}]}},
        [
            (
                "spec.template.spec.containers[0].resources.requests",
                'Invalid value: "1": must be less than or equal to cpu limit of 500m',
            )
        ],
    ),
}


def check(error: Any, kind: str, name: str, causes: list[tuple[str, str]]) -> None:
    """The whole Status of a refusal."""
    group = "autoscaling.agones.dev" if kind == "FleetAutoscaler" else "agones.dev"
    texts = [f"{field}: {message}" for field, message in causes]
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    denied = 'admission webhook "validations.agones.dev" denied the request'
    assert (error.status, error.reason) == (422, "Invalid")
    assert error.message == f'{denied}: {kind}.{group} "{name}" is invalid: {text}'
    details = error.body["details"]
    assert (details["group"], details["kind"], details["name"]) == (group, kind, name)
    assert [(each["field"], each["message"]) for each in details["causes"]] == causes


@pytest.mark.parametrize(("spec", "causes"), REFUSED.values(), ids=REFUSED)
def test_a_bad_server_is_refused_alone_and_in_a_fleet(world: World, spec: Json, causes: list[tuple[str, str]]) -> None:
    check(refusal(lambda: world.server(**copy.deepcopy(spec))), "GameServer", "solo", causes)
    inside = [(f"spec.template.{field}", message) for field, message in causes]
    check(refusal(lambda: world.fleet(1, template=copy.deepcopy(spec))), "Fleet", "lobby", inside)


PERCENT = "must be between 1% and 99%"
FLEETS: dict[str, tuple[Json, list[tuple[str, str]]]] = {
    "surge": (
        {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}}},
        [
            ("spec.strategy.rollingUpdate.maxUnavailable", "Invalid value: 0: must be at least 1"),
            ("spec.strategy.rollingUpdate.maxSurge", f'Invalid value: "100%": {PERCENT}'),
        ],
    ),
    "no percentage": (
        {"strategy": {"rollingUpdate": {"maxSurge": "many", "maxUnavailable": "0%"}}},
        [
            ("spec.strategy.rollingUpdate.maxUnavailable", f'Invalid value: "0%": {PERCENT}'),
            ("spec.strategy.rollingUpdate.maxSurge", f'Invalid value: "many": {PERCENT}'),
        ],
    ),
}


@pytest.mark.parametrize(("spec", "causes"), FLEETS.values(), ids=FLEETS)
def test_a_bad_fleet_is_refused_at_creation_and_at_update(
    world: World, spec: Json, causes: list[tuple[str, str]]
) -> None:
    check(refusal(lambda: world.fleet(1, **copy.deepcopy(spec))), "Fleet", "lobby", causes)
    made = world.fleet(0)
    check(refusal(lambda: world.change(made, {"spec": spec})), "Fleet", "lobby", causes)


def test_a_name_must_fit_into_a_label(world: World) -> None:
    name = "a" * 64
    causes = [("metadata.name", "Too long: may not be more than 63 bytes")]
    check(refusal(lambda: world.fleet(1, name)), "Fleet", name, [*causes, *label_cause(name)])
    check(refusal(lambda: world.server(name)), "GameServer", name, causes)


def label_cause(name: str) -> list[tuple[str, str]]:
    """The helper labels the template with the Fleet's name."""
    return [("spec.template.metadata.labels", f'Invalid value: "{name}": must be no more than 63 characters')]


def test_the_template_of_a_set_never_changes(world: World) -> None:
    world.ready_fleet(1)
    (found,) = world.sets()
    change = {"spec": {"template": {"metadata": {"labels": {"new": "label"}}}}}
    error = refusal(lambda: world.api.patch(found, change))
    (cause,) = error.body["details"]["causes"]
    assert cause["field"] == "spec.template"
    assert cause["message"].endswith(": GameServerSet template cannot be updated")


def test_a_development_server_needs_its_host_ports(world: World) -> None:
    notes = {"agones.dev/dev-address": "nowhere"}
    causes = [
        (
            "metadata.annotations.agones.dev/dev-address",
            'Invalid value: "nowhere": must be a valid IP address',
        ),
        ("spec.ports[0].hostPort", "Required value: agones.dev/dev-address"),
        ("spec.ports[0].portPolicy", "Required value: PortPolicy must be Static"),
    ]
    check(refusal(lambda: world.server(metadata={"annotations": notes})), "GameServer", "solo", causes)


NEGATIVE = "must be greater than or equal to 0"
WHERE = "spec.policy.buffer"
POLICIES: dict[str, tuple[Json, list[tuple[str, str]]]] = {
    "no buffer": ({"type": "Buffer"}, [(WHERE, "Required value: buffer policy config params are missing")]),
    "no size": (buffer(0, 5), [(f"{WHERE}.bufferSize", f"Invalid value: 0: {NEGATIVE}")]),
    "limits crossed": (
        buffer(1, 2, 3),
        [(f"{WHERE}.minReplicas", "Invalid value: 3: minReplicas should be smaller than maxReplicas")],
    ),
    "beyond the limits": (
        buffer(5, 4, 2),
        [
            (f"{WHERE}.maxReplicas", "Invalid value: 4: maxReplicas should be bigger than or equal to bufferSize"),
            (f"{WHERE}.minReplicas", "Invalid value: 2: minReplicas should be bigger than or equal to bufferSize"),
        ],
    ),
    "percentage": (
        buffer("100%", 5),
        [
            (f"{WHERE}.bufferSize", 'Invalid value: "100%": bufferSize should be between 1% and 99%'),
            (f"{WHERE}.minReplicas", f"Invalid value: 0: {NEGATIVE}"),
        ],
    ),
    "webhook": (
        {"type": "Webhook", "webhook": {}},
        [("spec.policy.webhook", "Required value: url should be provided")],
    ),
    "counter": (
        {"type": "Counter", "counter": {"key": "r", "bufferSize": 5, "maxCapacity": 4}},
        [
            (
                "spec.policy.counter.maxCapacity",
                "Invalid value: 4: maxCapacity should be bigger than or equal to bufferSize",
            )
        ],
    ),
}


@pytest.mark.parametrize(("policy", "causes"), POLICIES.values(), ids=POLICIES)
def test_a_bad_policy_is_refused(world: World, policy: Json, causes: list[tuple[str, str]]) -> None:
    given = autoscaler(world.namespace, policy)
    check(refusal(lambda: world.api.create(given)), "FleetAutoscaler", "scaler", causes)
