"""The real scheduler places exactly as many game servers as the fit check says, and only where they may run."""

from collections import Counter

import pytest

from homeground import capacity, labels
from homeground.capacity import Room
from homeground.server_size import ServerSize
from schemas.game import Game
from tests.cluster.scheduling import pods
from tests.cluster.scheduling.ground import Ground, by_node, node_of, reason

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

MANY = 10_000


def predicted(ground: Ground, game: Game, alone: bool = False) -> tuple[dict[str, dict[str, int]], dict[str, Room]]:
    """Servers by game and node when there are more of `game` than fit, and what is left of the nodes.

    `alone` leaves out the platform's workloads. The other games are at their maximum where there is one runner; where
    there are more, the scheduler's choice of node for one game would decide how many of another fit.
    """
    platform, workloads = ground.synthesis.platform, [] if alone else ground.synthesis.workloads
    rooms = capacity.rooms(platform, workloads)
    assert capacity.place_survivors(platform, rooms, workloads) == []
    wanted = capacity.wanted(platform)
    others = dict.fromkeys(wanted, 0) if alone or len(platform.runners) > 1 else wanted
    return capacity.place_games(platform, rooms, others | {game.name: MANY}, game.name), rooms


def shortages(ground: Ground, game: Game, rooms: dict[str, Room]) -> Counter[str]:
    """What keeps one more server from each node that it may run on, in the scheduler's words."""
    platform = ground.synthesis.platform
    size = ServerSize.of(game, platform.cluster.isolation)
    name = platform.port_range_of(game)
    found: Counter[str] = Counter()
    for room in (rooms[node] for node in capacity.permitted(platform, game)):
        if room.ports.get(name, 0) + len(game.server.ports) > len(platform.port_ranges[name].ports):
            found["node(s) didn't have free ports for the requested pod ports"] += 1
            continue
        found.update(
            {"Insufficient cpu": int(room.cpu < size.cpu), "Insufficient memory": int(room.memory < size.memory)}
        )
    return +found


def fill(ground: Ground, game: Game, alone: bool = False) -> dict[str, int]:
    """Start what is predicted and one server more; where the servers of `game` went."""
    platform, workloads = ground.synthesis.platform, [] if alone else ground.synthesis.workloads
    placed, rooms = predicted(ground, game, alone)
    ports = pods.HostPorts(platform)
    ground.create(pods.of_platform(platform, workloads))
    if workloads:
        ground.placed(pods.NAMESPACE)
    for other in platform.games:
        if other is not game:
            ground.create(pods.of_game(ground.synthesis, other, sum(placed[other.name].values()), ports))
    for tenant in {other.tenant for other in platform.games if other is not game and placed[other.name]}:
        ground.placed(labels.tenant_namespace(tenant))
    ground.create(pods.of_game(ground.synthesis, game, sum(placed[game.name].values()) + 1, ports))
    everyone = ground.placed(labels.tenant_namespace(game.tenant), waiting=1)
    mine = [pod for pod in everyone if pod["metadata"]["labels"][labels.GAME] == game.name]
    assert by_node(mine) == placed[game.name]
    [waiting] = [reason(pod) for pod in mine if reason(pod)]
    expected = shortages(ground, game, rooms)
    assert expected
    for shortage, nodes in expected.items():
        assert f"{nodes} {shortage}" in waiting
    return by_node(mine)


def test_each_game_fills_its_nodes_beside_everything_else(empty: Ground) -> None:
    platform = empty.synthesis.platform
    for game in platform.games:
        assert set(fill(empty, game)) <= set(capacity.permitted(platform, game))
        empty.clear()


def test_the_most_on_one_machine_are_that_many(empty: Ground) -> None:
    """Quotas grant as many servers again as one machine may strand, with nothing else on it."""
    platform = empty.synthesis.platform
    for game in platform.games:
        placed = fill(empty, game, alone=True)
        if game.fleet.site is None:
            assert max(placed.values()) == capacity.most_on_one_node(platform, game)
        empty.clear()


def test_servers_go_to_the_preferred_site_while_there_is_room(empty: Ground) -> None:
    platform = empty.synthesis.platform
    game = next(game for game in platform.games if game.fleet.site is None)
    placed, _ = predicted(empty, game)
    site = platform.preferred_site(game)
    near = {node.name for node in platform.runners if site in (None, node.site)}
    room = sum(count for node, count in placed[game.name].items() if node in near)
    empty.create(pods.of_platform(platform, empty.synthesis.workloads))
    empty.placed(pods.NAMESPACE)
    empty.create(pods.of_game(empty.synthesis, game, room, pods.HostPorts(platform)))
    assert {node_of(pod) for pod in empty.placed(labels.tenant_namespace(game.tenant))} <= near
