"""What must come true once it may (L1, L2)."""

from collections.abc import Callable

import msgspec

from failover import words
from failover.record import AttemptState, Status
from kubeclient.resources import FLEETS, GAME_SERVERS, NODE_FAILOVERS, NODES, SECRETS, Json
from tests.services.failover.properties.agones import FLEET, PROTECTED, state
from tests.services.failover.properties.control_plane import is_ready
from tests.services.failover.properties.site import Site

STAND_IN_SECONDS, CLEAN_SECONDS = 300.0, 600.0
"""Until a machine stands in for one that is lost; until nothing is left of it. Matches and all limits fit in twice."""

SETTLED_SECONDS, QUIET_SECONDS = 10.0, 45.0


async def wait_stood_in(site: Site) -> None:
    """L1. Raises TimeoutError that tells what is lost for good."""
    await _until_nothing(site, lambda: lost(site), STAND_IN_SECONDS)


async def wait_clean(site: Site) -> None:
    """L2. Raises TimeoutError that tells what is left."""
    await _until_nothing(site, lambda: left(site), CLEAN_SECONDS)


async def check_quiet(site: Site) -> None:
    """An operator with nothing to do asks nothing, but for the cloud's list, and what a watch begins anew with."""
    await site.clock.sleep(SETTLED_SECONDS)
    before = len(site.trouble.calls)
    await site.clock.sleep(QUIET_SECONDS)
    if asked := [each for each in site.trouble.calls[before:] if not set(each.split()) & {"list", "watch"}]:
        site.safety.found(f"all is well, and it goes on asking: {asked[:5]}")


async def _until_nothing(site: Site, found: Callable[[], list[str]], seconds: float) -> None:
    try:
        await site.clock.until(lambda: not found(), seconds, step=2)
    except TimeoutError:
        raise TimeoutError(f"after {seconds:g} s: {found()}") from None


def lost(site: Site) -> list[str]:
    """Home nodes that are down, or planned to be, with no machine that pods may go to in their stead; then servers."""
    nodes = {node["metadata"]["name"]: node for node in site.api.all(NODES)}
    found = [name for name in (each.name for each in site.homes) if _is_lost(site, name, nodes)]
    if any(words.EXCLUDE in (node["metadata"].get("annotations") or {}) for node in nodes.values()):
        return found  # what is on it is nobody's business
    usable = [each for each in site.api.all(GAME_SERVERS) if _is_usable(each, nodes)]
    missing = site.shape.replicas - len(usable)
    return [*found, f"{missing} servers"] if missing > 0 else found


def _is_usable(server: Json, nodes: dict[str, Json]) -> bool:
    """Played on, or to be had."""
    metadata, node = server["metadata"], nodes.get(server["status"].get("nodeName", ""))
    if node is None or not is_ready(node) or "deletionTimestamp" in metadata:
        return False
    return state(server) in PROTECTED or (state(server) == "Ready" and words.SUSPECT not in metadata["labels"])


def _is_lost(site: Site, name: str, nodes: dict[str, Json]) -> bool:
    notes = nodes[name]["metadata"].get("annotations") or {}
    if words.EXCLUDE in notes or (is_ready(nodes[name]) and words.PLANNED not in notes):
        return False
    open_ = [each.vm_name for each in status(site, name).attempts if each.state is AttemptState.OPEN]
    return not any(each in nodes and is_ready(nodes[each]) and not _is_closed(nodes[each]) for each in open_)


def left(site: Site) -> list[str]:
    """What is left of any failover, and what is missing of the Fleets."""
    nodes, servers = site.api.all(NODES), site.api.all(GAME_SERVERS)
    names = [node["metadata"]["name"] for node in nodes]
    found = [f"machine {place.name}" for place in site.cloud.vms]
    found += [f"node {name}" for name in names if name.startswith(words.PREFIX)]
    found += [f"{node['metadata']['name']} is not as it was" for node in nodes if _is_touched(node)]
    found += [f"token {each['metadata']['name']}" for each in site.api.all(SECRETS)]
    found += [f"suspect {each['metadata']['name']}" for each in servers if words.SUSPECT in each["metadata"]["labels"]]
    found += [f"record of {name}" for name in names if (known := status(site, name)).open or known.attempts]
    found += [
        f"Fleet {each['metadata']['name']}" for each in site.api.all(FLEETS) if each["metadata"]["name"] != "game"
    ]
    ready = sum(state(each) == "Ready" and each["metadata"]["labels"][FLEET] == "game" for each in servers)
    return found if ready == site.shape.replicas else [*found, f"{ready} servers of {site.shape.replicas}"]


def status(site: Site, node: str) -> Status:
    record = site.api.find(NODE_FAILOVERS, node) or {}
    return msgspec.convert(record.get("status") or {}, Status)


def _is_closed(node: Json) -> bool:
    return bool(node["spec"].get("unschedulable") or node["spec"].get("taints"))


def _is_touched(node: Json) -> bool:
    notes = node["metadata"].get("annotations") or {}
    return _is_closed(node) or words.CORDON in notes
