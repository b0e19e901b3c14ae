"""Seams: what must hold between two parts that are each right alone. Each was a real defect once.

A check is a function that yields Problems; its docstring is the rule. FACTS, GAME and CLUSTER checks read what
people wrote and point at its line; a cluster's run in stages, because capacity can't be counted while a site's name
is misspelt. MANIFESTS checks read what was rendered, and so guard the constructs themselves; only then is it known
what else runs on a node, so that is where fleets are fitted in.
"""

from collections.abc import Callable, Iterable, Iterator

from homeground.facts import Facts, Loaded
from homeground.platform import Platform
from homeground.problem import Problem
from homeground.seams import (
    addresses,
    agones,
    capacity,
    files,
    game,
    identity,
    isolation,
    loadbalancer,
    networks,
    ownership,
    placement,
    players,
    ports,
    references,
    runtime,
    secrets,
    tenancy,
    versions,
)
from homeground.seams.synthesis import Synthesis
from schemas.game import Game

FACTS: tuple[Callable[[Facts], Iterator[Problem]], ...] = (references.clusters_exist,)
GAME: tuple[Callable[[Loaded[Game]], Iterator[Problem]], ...] = (
    game.one_size,
    game.buffer_is_possible,
    game.image_names_a_version,
    game.files_are_complete,
    game.modes_fit_the_server,
    game.names_are_unique,
    game.folders_are_apart,
    game.ports_are_free,
    game.variables_are_free,
)
CLUSTER: tuple[tuple[Callable[[Platform], Iterator[Problem]], ...], ...] = (
    (
        versions.supported,
        references.sites_exist,
        networks.are_valid,
        identity.names_are_unique,
        isolation.runc_is_trusted,
        isolation.machines_can_nest,
    ),
    (
        references.sites_are_linked,
        networks.pods_are_ipv4,
        networks.do_not_overlap,
        networks.nodes_are_inside,
        networks.pools_are_inside,
        networks.pools_are_apart,
        ports.ranges_are_apart,
        loadbalancer.pools_have_two_announcers,
        addresses.runners_are_reachable,
        players.pool_exists,
        players.tokens_are_not_overheard,
        players.somebody_may_play,
        placement.control_plane_exists,
        placement.always_on_survives_home,
        files.storage_exists,
        references.sites_have_runners,
    ),
    (
        capacity.server_fits_a_node,
        capacity.server_fits_a_temporary_node,
        capacity.limit_covers_fleets,
        capacity.machines_fit_the_quota,
    ),
)
MANIFESTS: tuple[Callable[[Synthesis], Iterator[Problem]], ...] = (
    identity.objects_are_unique,
    ownership.charts_leave_ours_alone,
    runtime.selectors_agree,
    runtime.overhead_is_set,
    runtime.containers_have_limits,
    runtime.no_cgroup_v1,
    loadbalancer.advertisements_select_announcers,
    placement.survivors_are_placed,
    placement.argocd_is_placed,
    placement.survivors_are_counted,
    placement.operator_survives,
    placement.survivors_fit,
    capacity.fleets_fit,
    capacity.autoscalers_have_headroom,
    placement.daemons_reach_temporary_nodes,
    files.volumes_are_read_only,
    files.volumes_are_content_addressed,
    agones.servers_are_never_evicted,
    agones.servers_outwait_a_partition,
    agones.autoscaler_owns_replicas,
    agones.servers_are_spread,
    agones.sidecar_has_limits,
    agones.port_ranges_exist,
    agones.fleets_are_last,
    agones.form_is_canonical,
    tenancy.namespaces_are_complete,
    tenancy.policies_bind_tenants,
    tenancy.network_is_closed,
    tenancy.quota_covers_fleets,
    secrets.nothing_is_readable,
    secrets.sealed_ones_are_wanted,
    secrets.images_name_a_version,
)


def facts_problems(facts: Facts, platforms: Iterable[Platform]) -> Iterator[Problem]:
    """What contradicts itself in clusters/ and games/."""
    found = [problem for loaded in facts.games for check in GAME for problem in check(loaded)]
    found += [problem for of_all in FACTS for problem in of_all(facts)]
    for platform in platforms:
        for stage in CLUSTER:
            at_stage = [problem for check in stage for problem in check(platform)]
            found += at_stage
            if at_stage:
                break
    yield from found


def manifest_problems(synthesis: Synthesis) -> Iterator[Problem]:
    """What would not work in a rendered cluster."""
    for check in MANIFESTS:
        yield from check(synthesis)


def notices(synthesis: Synthesis) -> Iterator[str]:
    """What is right but may not be meant, and what is still to be done by hand."""
    yield from references.limited_nobody(synthesis.platform)
    yield from secrets.unsealed(synthesis)


__all__ = ["Synthesis", "facts_problems", "manifest_problems", "notices"]
