"""A player has to leave a match: an annotation on its GameServer, which the server sees by the SDK's watch.

It stays for as long as the server does, so that a new token of the player's opens nothing there either.
"""

from kubeclient.client import Client
from kubeclient.error import ApiError
from kubeclient.resources import GAME_SERVERS, Json
from matchmaking.words import KICK, MATCH

TRIES = 5
SEPARATOR = ","


class KickError(Exception):
    """Nobody was kicked, and why."""


async def kick(client: Client, namespace: str, server: str, player: str) -> None:
    """Raises KickError, and ApiError."""
    if not player or SEPARATOR in player:
        raise KickError(f"{player!r} is no player: name the subject of their token")
    for _ in range(TRIES):
        found = await _find(client, namespace, server)
        gone = kicked(found)
        if player in gone:
            return
        metadata = {
            "resourceVersion": found["metadata"]["resourceVersion"],
            "annotations": {KICK: SEPARATOR.join([*gone, player])},
        }
        try:
            await client.merge_patch(GAME_SERVERS, server, {"metadata": metadata}, namespace)
        except ApiError as error:
            if not error.conflict:
                raise
        else:
            return
    raise KickError(f"{namespace}/{server} changes all the time: try again")


def kicked(server: Json) -> list[str]:
    """The subjects that have to leave."""
    text = (server["metadata"].get("annotations") or {}).get(KICK, "")
    return [each for each in text.split(SEPARATOR) if each]


async def _find(client: Client, namespace: str, server: str) -> Json:
    try:
        found = await client.get(GAME_SERVERS, server, namespace)
    except ApiError as error:
        if error.missing:
            raise KickError(f"there is no GameServer {namespace}/{server}") from error
        raise
    if MATCH not in (found["metadata"].get("labels") or {}):
        raise KickError(f"{namespace}/{server} has no match")
    return found
