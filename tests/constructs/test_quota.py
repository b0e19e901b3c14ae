"""What a tenant may use, with numbers computed by hand.

`duel` asks for 1 CPU and 1 GiB: with sidecar and VM 1280m (limit 1350m) and 1408 MiB a server. The runner of the
smallest cluster has 16000 - 250 = 15750m and 31744 MiB, which is 12 of them (15750 / 1280 = 12.3).
"""

from collections.abc import Callable

import pytest

from homeground.platform import Platform
from homeground.quota import headroom, limit_of, quota_of, servers_at_once
from homeground.tenant import Quota
from schemas.game import Game

MakeGame = Callable[..., Game]
MakePlatform = Callable[..., Platform]
REVISION = 64 * "0"
IN_STORAGE = {"backend": "csi-s3", "revision": REVISION, "size": "1Gi"}


@pytest.mark.parametrize(
    ("replicas", "at_once"),
    [
        (0, 0),
        (1, 4),  # 1 + 1 surge, twice
        (4, 10),  # 4 + 1, twice
        (5, 14),  # 5 + 2, twice
        (9, 24),  # 9 + 3, twice: as many as a node can strand
        (10, 25),  # 10 + 3, and no more than 12
        (100, 137),  # 100 + 25, and 12
    ],
)
def test_a_rolling_update_and_a_dead_node_are_counted(
    make_platform: MakePlatform, make_game: MakeGame, replicas: int, at_once: int
) -> None:
    game = make_game(fleet={"replicas": replicas})
    assert servers_at_once(make_platform([game]), game) == at_once


def test_an_autoscaled_fleet_counts_at_its_maximum(make_platform: MakePlatform, make_game: MakeGame) -> None:
    game = make_game(fleet={"replicas": None, "autoscale": {"buffer": 1, "min": 1, "max": 4}})
    assert servers_at_once(make_platform([game]), game) == 10


@pytest.mark.parametrize(("most", "stranded"), [(4, 4), (25, 25), (40, 25)])
def test_what_the_largest_machine_strands_can_be_made_up_for(
    make_hybrid: MakePlatform, make_game: MakeGame, most: int, stranded: int
) -> None:
    """With 350m a server asks for 630m, and the largest machines have 15750m: 25 of them."""
    game = make_game(
        server={"cpu": "350m"}, fleet={"replicas": None, "autoscale": {"buffer": 1, "min": 1, "max": most}}
    )
    assert headroom(make_hybrid([game]), game) == stranded


def test_where_there_is_one_machine_nothing_can_be_made_up_for(
    make_platform: MakePlatform, make_game: MakeGame
) -> None:
    game = make_game(fleet={"replicas": None, "autoscale": {"buffer": 1, "min": 1, "max": 4}})
    assert headroom(make_platform([game]), game) == 0


@pytest.mark.parametrize(
    ("replicas", "granted"),
    [(1, 16), (6, 16), (7, 32), (16, 32), (17, 48)],
)
def test_servers_are_granted_in_blocks_of_16(
    make_platform: MakePlatform, make_game: MakeGame, replicas: int, granted: int
) -> None:
    """At once: 4, 16, 18, 32, 34."""
    quota = quota_of(make_platform([make_game(fleet={"replicas": replicas})]), "acme")
    assert quota == Quota(
        game_servers=granted, cpu=granted * 1280, cpu_limit=granted * 1350, memory=granted * 1408, claims=0
    )


def test_a_tenant_s_games_are_added_and_another_tenant_s_are_not(
    make_platform: MakePlatform, make_game: MakeGame
) -> None:
    """For 2 of `duel` 6 at once, for 12 of `squad` (2280m, limit 2350m, 2432 MiB) 15 + 6, so 16 and 32."""
    squad = make_game(name="squad", server={"cpu": 2, "memory": "2Gi"}, fleet={"replicas": 12})
    theirs = make_game(name="theirs", tenant="other", fleet={"replicas": 50})
    quota = quota_of(make_platform([make_game(), squad, theirs]), "acme")
    assert quota == Quota(
        game_servers=48,
        cpu=16 * 1280 + 32 * 2280,
        cpu_limit=16 * 1350 + 32 * 2350,
        memory=16 * 1408 + 32 * 2432,
        claims=0,
    )


def test_a_limit_of_the_cluster_is_granted_exactly(make_platform: MakePlatform, make_game: MakeGame) -> None:
    """For its largest servers: the tenant may run any of its games that often."""
    squad = make_game(name="squad", server={"cpu": 2, "memory": "512Mi"})
    limits = [{"tenant": "acme", "gameServers": 13}, {"tenant": "other", "gameServers": 99}]
    platform = make_platform([make_game(), squad], tenantLimits=limits)
    assert limit_of(platform, "acme") == 13
    assert quota_of(platform, "acme") == Quota(
        game_servers=13, cpu=13 * 2280, cpu_limit=13 * 2350, memory=13 * 1408, claims=0
    )


def test_without_a_limit_there_is_none(make_platform: MakePlatform, make_game: MakeGame) -> None:
    limits = [{"tenant": "other", "gameServers": 99}]
    assert limit_of(make_platform([make_game()], tenantLimits=limits), "acme") is None


def test_plain_containers_cost_no_vm(make_platform: MakePlatform, make_game: MakeGame) -> None:
    platform = make_platform([make_game()], isolation="runc", trusted=True)
    assert quota_of(platform, "acme") == Quota(
        game_servers=16, cpu=16 * 1030, cpu_limit=16 * 1100, memory=16 * 1088, claims=0
    )


@pytest.mark.parametrize("limits", [[], [{"tenant": "acme", "gameServers": 50}]])
def test_each_game_with_mounted_files_has_a_claim_for_the_old_revision_and_the_new(
    make_platform: MakePlatform, make_game: MakeGame, limits: list[dict[str, object]]
) -> None:
    games = [make_game(), make_game(name="a", files=IN_STORAGE), make_game(name="b", files=IN_STORAGE)]
    assert quota_of(make_platform(games, tenantLimits=limits), "acme").claims == 4


def test_a_quota_is_written_as_the_api_server_stores_it() -> None:
    quota = Quota(game_servers=8, cpu=18_240, cpu_limit=19_000, memory=19_456, claims=2)
    assert quota.hard() == {
        "count/gameservers.agones.dev": "8",
        "limits.cpu": "19",
        "limits.memory": "19Gi",
        "persistentvolumeclaims": "2",
        "pods": "8",
        "requests.cpu": "18240m",
        "requests.memory": "19Gi",
        "services": "0",
    }
