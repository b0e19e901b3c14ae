"""The GameServerAllocation of a match, and what its answer says."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from kubeclient.client import Client
from kubeclient.error import ApiError
from kubeclient.resources import Json, Resource
from matchmaking.director.record import MatchRecord
from matchmaking.settings import Mode, Site
from matchmaking.words import EXPIRES, GAME, MATCH, MODE, NONCE, ROSTER, SITE, SUSPECT

ALLOCATED = "Allocated"
GAME_SERVER_ALLOCATIONS = Resource("allocation.agones.dev", "v1", "gameserverallocations", "GameServerAllocation")


class NoServerError(Exception):
    """There is none, for certain: nothing was allocated, and nothing will be."""


class Granted(Struct, frozen=True, kw_only=True):
    """What an allocation was given. It carries no uid: the nonce on the server is what it is known by."""

    server: str
    node: str


def request(record: MatchRecord, mode: Mode, sites: Sequence[Site], permitted: Sequence[str], expires: float) -> Json:
    """For the nonce on record. `permitted` are names of sites, the best first; none named: all are."""
    metadata = {
        "labels": {MATCH: record.id, MODE: mode.name},
        "annotations": {
            NONCE: record.nonce,
            ROSTER: hashlib.sha256(record.roster).hexdigest(),
            EXPIRES: datetime.fromtimestamp(expires, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        },
    }
    return {
        "apiVersion": GAME_SERVER_ALLOCATIONS.api_version,
        "kind": GAME_SERVER_ALLOCATIONS.kind,
        "metadata": {"namespace": record.namespace},
        "spec": {
            "selectors": [_selector(mode.game, site) for site in _in_order(sites, permitted)],
            "scheduling": "Packed",
            "metadata": metadata,
        },
    }


async def allocate(client: Client, body: Json) -> Granted:
    """Raises NoServerError, and ApiError when nothing is known: then there may be a server with this nonce."""
    try:
        answer = await client.create(GAME_SERVER_ALLOCATIONS, body)
    except ApiError as error:
        if 400 <= error.status < 500 and error.status not in (408, 429):
            raise NoServerError(str(error)) from error
        raise
    status = answer.get("status") or {}
    if status.get("state") != ALLOCATED:  # UnAllocated and Contention come with 201, too
        raise NoServerError(str(status.get("state")))
    return Granted(server=status["gameServerName"], node=status.get("nodeName", ""))


def _in_order(sites: Sequence[Site], permitted: Sequence[str]) -> list[str]:
    """Home first, for it costs nothing; among its like, the site that suits the players best."""
    kinds = {site.name: site.kind for site in sites}
    names = [name for name in permitted if name in kinds] if permitted else list(kinds)
    return sorted(names, key=lambda name: kinds[name] != "home")


def _selector(game: str, site: str) -> Json:
    return {
        "gameServerState": "Ready",
        "matchLabels": {GAME: game, SITE: site},
        "matchExpressions": [{"key": SUSPECT, "operator": "DoesNotExist"}],
    }
