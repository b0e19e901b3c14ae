"""Fleets that fit: CPU, memory with the Kata VM and the SDK sidecar, host ports, pods."""

from collections.abc import Iterator

from homeground import capacity, quantity
from homeground.platform import Platform
from homeground.problem import Problem
from homeground.quota import servers_at_once
from homeground.seams.synthesis import Synthesis, at
from homeground.server_size import ServerSize, most_servers
from homeground.source import FieldPath
from schemas.game import Game


def _asked(game: Game, isolation: str) -> str:
    size = ServerSize.of(game, isolation)
    return f"{quantity.cpu(size.cpu)} CPU and {quantity.memory(size.memory)} a server (VM and SDK sidecar included)"


def server_fits_a_node(platform: Platform) -> Iterator[Problem]:
    """One server of each game fits a permanent runner that it may run on, when nothing else is there."""
    for loaded in platform.loaded_games:
        game = loaded.value
        size = ServerSize.of(game, platform.cluster.isolation)
        nodes = [node for node in platform.runners if node.name in capacity.permitted(platform, game)]
        able = [capacity.allocatable(platform, node.cpu, node.memory) for node in nodes]
        if not any(size.cpu <= cpu and size.memory <= memory for cpu, memory in able):
            cpu, memory = max(able, default=(0, 0))
            field = "cpu" if size.cpu > cpu else "memory"
            expected = f"at most {quantity.cpu(cpu)} CPU and {quantity.memory(memory)}, its largest node's allocatable"
            yield loaded.source.problem(("server", field), _asked(game, platform.cluster.isolation), expected)


def server_fits_a_temporary_node(platform: Platform) -> Iterator[Problem]:
    """A fleet that may move to the cloud fits a machine there: else its failover would pay for an idle VM."""
    temporary = platform.cluster.temporary_nodes
    if not temporary:
        return
    able = [capacity.allocatable(platform, m.cpu, m.memory) for m in temporary.machine_types]
    for loaded in platform.loaded_games:
        game = loaded.value
        size = ServerSize.of(game, platform.cluster.isolation)
        moves = game.fleet.site in (None, temporary.site)
        if moves and not any(size.cpu <= cpu and size.memory <= memory for cpu, memory in able):
            names = ", ".join(machine.name for machine in temporary.machine_types)
            expected = f"a server that fits one of {names} (temporaryNodes in {platform.source.file})"
            yield loaded.source.problem(("server",), _asked(game, platform.cluster.isolation), expected)


def fleets_fit(synthesis: Synthesis) -> Iterator[Problem]:
    """All fleets at their maximum fit the permanent nodes together, beside everything else that runs there.

    Where they don't, every fleet is named that would make the others fit by being smaller.
    """
    platform = synthesis.platform
    wanted = capacity.wanted(platform)
    unfit = _unfit(synthesis, wanted)
    if not unfit:
        return
    to_shrink = {name for name in wanted if not _unfit(synthesis, wanted | {name: 0})} or unfit
    for loaded in platform.loaded_games:
        game = loaded.value
        if game.name in to_shrink:
            fit = _placed(synthesis, wanted, last=game.name)[game.name]
            path: FieldPath = ("fleet", "autoscale", "max") if game.fleet.autoscale else ("fleet", "replicas")
            nodes = ", ".join(capacity.permitted(platform, game))
            asked = _asked(game, platform.cluster.isolation)
            where = f"{nodes} of {platform.cluster.name} beside the other games"
            yield loaded.source.problem(path, wanted[game.name], f"at most {fit}: that many fit on {where}, {asked}")


def _unfit(synthesis: Synthesis, servers: dict[str, int]) -> set[str]:
    """Games of which not all servers find a place."""
    placed = _placed(synthesis, servers)
    return {name for name, count in servers.items() if placed[name] < count}


def _placed(synthesis: Synthesis, servers: dict[str, int], last: str = "") -> dict[str, int]:
    rooms = capacity.rooms(synthesis.platform, synthesis.workloads)
    capacity.place_survivors(synthesis.platform, rooms, synthesis.workloads)
    placed = capacity.place_games(synthesis.platform, rooms, servers, last)
    return {name: sum(by_node.values()) for name, by_node in placed.items()}


def limit_covers_fleets(platform: Platform) -> Iterator[Problem]:
    """A tenant's limit covers its fleets at their maximum, rolling update and a dead node's servers included."""
    for index, limit in enumerate(platform.cluster.tenant_limits):
        needed = sum(servers_at_once(platform, game) for game in platform.games_of(limit.tenant))
        if needed > limit.game_servers:
            expected = (
                f"at least {needed}, or smaller fleets: {limit.tenant}'s at their maximum, 25% surge and a dead node's"
            )
            yield platform.source.problem(("tenantLimits", index, "gameServers"), limit.game_servers, expected)


def machines_fit_the_quota(platform: Platform) -> Iterator[Problem]:
    """As many temporary machines as may be at once, each of the largest type, are within the cloud's quota."""
    temporary = platform.cluster.temporary_nodes
    if not temporary or temporary.quota_cpus is None:
        return
    largest = max(temporary.machine_types, key=lambda machine: quantity.millicores(machine.cpu))
    needed = -(-temporary.max_machines * quantity.millicores(largest.cpu) // 1000)
    if needed > temporary.quota_cpus:
        found = f"{temporary.max_machines} machines, {needed} CPUs if all are {largest.name}"
        expected = f"at most {temporary.quota_cpus} CPUs (quotaCpus), or a larger quota"
        yield platform.source.problem(("temporaryNodes", "maxMachines"), found, expected)


def autoscalers_have_headroom(synthesis: Synthesis) -> Iterator[Problem]:
    """An autoscaler may make its fleet's maximum beside what the largest machine strands, if anything could run it."""
    platform = synthesis.platform
    games = {game.name: game for game in platform.games}
    elsewhere = platform.cluster.temporary_nodes is not None or len(platform.runners) > 1
    for rendered in synthesis.of_kind("FleetAutoscaler"):
        game = games.get(str(rendered.spec["fleetName"]))
        if game and elsewhere:
            most = most_servers(game)
            needed = most + min(most, capacity.most_on_one_node(platform, game))
            found = at(rendered.manifest, "spec.policy.buffer.maxReplicas") or 0
            if found < needed:
                expected = f"at least {needed}: {most}, and as many as one machine may strand"
                yield rendered.problem("spec.policy.buffer.maxReplicas", found, expected)
