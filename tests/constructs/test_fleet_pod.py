"""What a game's own facts make of its servers' pods."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.game import Game
from tests.constructs.toleration import toleration

Find = Callable[..., dict[str, Any]]
MakeGame = Callable[..., Game]
REVISION = "0123456789abcdef" * 4


@pytest.mark.parametrize("backend", ["csi-s3", "mountpoint-s3"])
def test_files_from_object_storage_are_mounted_read_only_twice_over(
    build_fleet: Callable[..., None], pod: Callable[[], Any], make_game: MakeGame, backend: str
) -> None:
    files = {"backend": backend, "revision": REVISION, "size": "10Gi", "mountPath": "/srv/game"}
    build_fleet(make_game(files=files))
    claim = {"claimName": "duel-files-0123456789ab", "readOnly": True}
    assert pod()["volumes"][-1] == {"name": "game-files", "persistentVolumeClaim": claim}
    mount = {"name": "game-files", "mountPath": "/srv/game", "readOnly": True}
    assert pod()["containers"][0]["volumeMounts"][-1] == mount


def test_files_in_the_image_need_no_volume(
    build_fleet: Callable[..., None], pod: Callable[[], Any], make_game: MakeGame
) -> None:
    build_fleet(make_game(files={"backend": "image"}))
    assert [volume["name"] for volume in pod()["volumes"]] == ["scratch-0"]


def test_each_writable_folder_is_an_empty_one_of_its_own(
    build_fleet: Callable[..., None], pod: Callable[[], Any], make_game: MakeGame
) -> None:
    build_fleet(make_game(server={"writable": ["/home/ue/.config", "/home/ue/Saved"]}))
    assert pod()["containers"][0]["volumeMounts"] == [
        {"name": "scratch-0", "mountPath": "/tmp"},
        {"name": "scratch-1", "mountPath": "/home/ue/.config"},
        {"name": "scratch-2", "mountPath": "/home/ue/Saved"},
    ]
    assert pod()["volumes"] == [{"name": f"scratch-{i}", "emptyDir": {"sizeLimit": "1Gi"}} for i in range(3)]


def test_a_games_own_variables_come_after_the_images(
    build_fleet: Callable[..., None], pod: Callable[[], Any], make_game: MakeGame
) -> None:
    build_fleet(make_game(server={"players": 16, "env": {"SERVER_SCRIPT": "DuelServer.sh"}}))
    assert pod()["containers"][0]["env"] == [
        {"name": "SERVER_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "MAX_PLAYERS", "value": "16"},
        {"name": "SERVER_PORT", "value": "7777"},
        {"name": "SERVER_SCRIPT", "value": "DuelServer.sh"},
    ]


def test_servers_outwait_the_longest_session_on_an_unreachable_node(
    build_fleet: Callable[..., None], pod: Callable[[], Any], make_game: MakeGame
) -> None:
    build_fleet(make_game(server={"longestSessionMinutes": 45}))
    assert pod()["tolerations"] == [toleration("not-ready", 2700), toleration("unreachable", 2700)]


def test_a_server_may_have_several_ports(
    build_fleet: Callable[..., None], find: Find, pod: Callable[[], Any], make_game: MakeGame
) -> None:
    ports = [
        {"name": "game", "containerPort": 7778},
        {"name": "voice", "containerPort": 9000, "protocol": "TCP"},
    ]
    build_fleet(make_game(server={"ports": ports}))
    assert find("Fleet")["spec"]["template"]["spec"]["ports"] == [
        {"name": "game", "portPolicy": "Dynamic", "containerPort": 7778, "protocol": "UDP"},
        {"name": "voice", "portPolicy": "Dynamic", "containerPort": 9000, "protocol": "TCP"},
    ]
    assert {"name": "SERVER_PORT", "value": "7778"} in pod()["containers"][0]["env"]


@pytest.mark.parametrize(
    ("size", "stored"),
    [
        ({"cpu": "2000m", "memory": "2048Mi"}, {"cpu": "2", "memory": "2Gi"}),
        ({"cpu": "500m", "memory": "1536Mi"}, {"cpu": "500m", "memory": "1536Mi"}),
        ({"cpu": 4, "memory": "512Mi"}, {"cpu": "4", "memory": "512Mi"}),
    ],
)
def test_sizes_are_spelt_as_the_api_server_stores_them(
    build_fleet: Callable[..., None], pod: Callable[[], Any], make_game: MakeGame, size: Any, stored: Any
) -> None:
    build_fleet(make_game(server=size))
    assert pod()["containers"][0]["resources"] == {"requests": stored, "limits": stored}


def test_health_and_grace_are_the_games_own(
    build_fleet: Callable[..., None], find: Find, pod: Callable[[], Any], make_game: MakeGame
) -> None:
    health = {"initialDelaySeconds": 60, "periodSeconds": 5, "failureThreshold": 6}
    build_fleet(make_game(server={"health": health, "shutdownSeconds": 90}))
    assert find("Fleet")["spec"]["template"]["spec"]["health"] == health
    assert pod()["terminationGracePeriodSeconds"] == 90
