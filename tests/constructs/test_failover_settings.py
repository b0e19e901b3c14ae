"""Settings: what of the facts the operator needs, and what it makes of them."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from google.auth import identity_pool

from failover.settings import Settings
from homeground.failover import METRICS_PORT, NAMESPACE, settings
from homeground.platform import Platform
from schemas.game import Game

MakeGame = Callable[..., Game]
MakePlatform = Callable[..., Platform]
DAY = 86_400
RUNNER: dict[str, Any] = {
    "name": "runner",
    "site": "home",
    "roles": ["runner"],
    "hardware": "a workstation",
    "cpu": 16,
    "memory": "32Gi",
    "disk": "500Gi",
    "address": "10.240.0.2",
}
MASTER: dict[str, Any] = {**RUNNER, "name": "master", "site": "cloud", "roles": ["control-plane"]}
STORED = {"backend": "csi-s3", "revision": 64 * "0", "size": "1Gi"}


def made(platform: Platform) -> Any:
    cloud = platform.cluster.temporary_nodes
    assert cloud is not None
    return settings.settings(platform, cloud)


def read(platform: Platform) -> Settings:
    """As the operator reads them: an unknown field is an error."""
    return msgspec.convert(made(platform), Settings)


def test_every_zone_is_tried_with_the_first_machine_type_before_the_next(make_hybrid: MakePlatform) -> None:
    places = [(place.zone, place.machine_type) for place in read(make_hybrid()).decision.places]
    assert places == [
        ("zone-a", "n2-standard-8"),
        ("zone-b", "n2-standard-8"),
        ("zone-a", "n2-standard-16"),
        ("zone-b", "n2-standard-16"),
    ]


def test_times_follow_from_the_longest_match_of_any_game(make_hybrid: MakePlatform, make_game: MakeGame) -> None:
    games = [make_game(name="short", server={"longestSessionMinutes": 20})]
    games += [make_game(name="long", server={"longestSessionMinutes": 90})]
    decision = read(make_hybrid(games)).decision
    assert (decision.longest_session, decision.max_wait, decision.max_run) == (5400, 5400, DAY + 5400)


def test_a_machine_is_of_use_for_most_of_a_day_whatever_a_match_may_last(
    make_hybrid: MakePlatform, make_game: MakeGame
) -> None:
    """Else its successor would be asked for as soon as it is there."""
    decision = read(make_hybrid([make_game(server={"longestSessionMinutes": 1440})])).decision
    assert decision.max_run - decision.longest_session - decision.run_margin > DAY / 2


def test_without_a_game_silence_is_death_only_after_the_longest_match_that_there_may_be(
    make_hybrid: MakePlatform,
) -> None:
    assert read(make_hybrid()).decision.longest_session == DAY


def test_the_budget_is_the_facts(make_hybrid: MakePlatform) -> None:
    assert read(make_hybrid()).decision.max_machines == 3
    assert read(make_hybrid(temporary={"maxMachines": 7})).decision.max_machines == 7


@pytest.mark.parametrize(
    ("isolation", "handler", "marked"), [("kata", "kata-qemu-runtime-rs", True), ("runc", "", False)]
)
def test_a_node_must_report_the_runtime_of_game_servers(
    make_hybrid: MakePlatform, isolation: str, handler: str, marked: bool
) -> None:
    found = read(make_hybrid(isolation=isolation, trusted=True))
    assert found.decision.runtime_handler == handler
    assert found.gce is not None
    assert bool(found.gce.node_labels) is marked


@pytest.mark.parametrize(
    ("files", "driver"),
    [({}, ""), (STORED, "ru.yandex.s3.csi"), (STORED | {"backend": "mountpoint-s3"}, "s3.csi.aws.com")],
)
def test_a_node_must_have_the_driver_that_games_mount_by(
    make_hybrid: MakePlatform, make_game: MakeGame, files: dict[str, Any], driver: str
) -> None:
    assert read(make_hybrid([make_game(files=files)])).decision.storage_driver == driver


def test_every_runner_is_watched_with_all_the_ways_that_lead_to_it(make_hybrid: MakePlatform) -> None:
    known = {**RUNNER, "publicEndpoint": "203.0.113.7", "redfish": {"url": "https://10.240.0.140"}}
    edge = {**RUNNER, "name": "edge", "roles": ["edge"], "address": "10.240.0.3"}
    nodes = read(make_hybrid(nodes=[MASTER, known, {**RUNNER, "name": "plain"}, edge])).nodes
    assert set(nodes) == {"runner", "plain"}
    assert (nodes["runner"].address, nodes["runner"].public_endpoint) == ("10.240.0.2", "203.0.113.7")
    assert nodes["runner"].redfish is not None
    assert (nodes["runner"].redfish.url, nodes["runner"].redfish.system) == ("https://10.240.0.140", "1")
    assert (nodes["plain"].public_endpoint, nodes["plain"].redfish) == ("", None)


def test_a_machine_silent_to_an_operator_that_hears_nothing_is_not_silent(make_hybrid: MakePlatform) -> None:
    (canary,) = read(make_hybrid()).probes.canaries
    assert (canary.host, canary.port) == ("10.10.0.2", 6443)


def test_machines_are_made_as_the_facts_say(make_hybrid: MakePlatform) -> None:
    gce = made(make_hybrid())["gce"]
    assert gce == {
        "project": "homeground-test",
        "imageProject": "homeground-images",
        "imageFamily": "node",
        "network": "games",
        "subnetwork": "games-1",
        "diskGb": 50,
        "site": "cloud",
        "server": "https://10.10.0.2:6443",
        "tokenKeyFile": "/var/run/secrets/homeground.dev/failover/token-key",
        "nodeLabels": {
            "katacontainers.io/kata-runtime": "true",
            "kata-deploy.katacontainers.io/default": "true",
        },
    }


def test_an_ipv6_control_plane_is_written_as_a_url_has_it(make_hybrid: MakePlatform) -> None:
    platform = make_hybrid(nodes=[{**MASTER, "address": "2001:db8::2"}, RUNNER])
    assert made(platform)["gce"]["server"] == "https://[2001:db8::2]:6443"
    assert made(platform)["probes"]["canaries"] == [{"host": "2001:db8::2", "port": 6443}]


def test_what_the_manifests_rely_on_is_what_the_operator_does_unless_told_otherwise(make_hybrid: MakePlatform) -> None:
    found = read(make_hybrid())
    assert (found.namespace, found.port, found.leader_election) == (NAMESPACE, METRICS_PORT, True)


def test_the_clouds_identity_is_that_of_the_pods_own_token(make_hybrid: MakePlatform) -> None:
    cloud = make_hybrid().cluster.temporary_nodes
    assert cloud is not None
    provider = "projects/1/locations/global/workloadIdentityPools/pool/providers/test"
    assert settings.audience(cloud) == f"https://iam.googleapis.com/{provider}"
    credentials = settings.credentials(cloud)
    assert credentials["audience"] == f"//iam.googleapis.com/{provider}"
    assert credentials["credential_source"] == {"file": f"{settings.TOKEN_FOLDER}/token"}


def test_google_s_library_takes_the_credentials(make_hybrid: MakePlatform) -> None:
    cloud = make_hybrid().cluster.temporary_nodes
    assert cloud is not None
    taken = identity_pool.Credentials.from_info(settings.credentials(cloud))  # type: ignore[no-untyped-call]
    assert not taken.valid
