"""The API server's double with Agones' kinds, which knows whose call makes a change."""

from kubeclient.resources import CSI_NODES, GAME_SERVER_SETS, GAME_SERVERS, Json, Resource
from kubeclient.transport import Answer
from tests.doubles.clock import VirtualClock
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.kinds import KINDS, Kind
from tests.doubles.kubernetes.routes import Call
from tests.doubles.kubernetes.watches import Watch

GAMES = "games"
AGONES = (
    Kind(GAME_SERVERS, custom=True, fields=("status.nodeName",)),
    Kind(GAME_SERVER_SETS, custom=True, status=True),
    Kind(CSI_NODES, parts=("spec",)),
)


class Api(ApiServer):
    """`caller` is who makes the change that is told just now: a program's name, or empty for the world itself."""

    def __init__(self, clock: VirtualClock) -> None:
        kinds = {kind.resource: kind for kind in (*KINDS, *AGONES)}
        super().__init__(clock, kinds.values())
        self.caller = ""

    def end(self, resource: Resource, name: str, namespace: str = "") -> None:
        """Somebody else deletes it, as a request does that names no grace: what runs on a node is given its own."""
        self._registry.delete(self._kinds[resource], (namespace, name), {})

    def all(self, resource: Resource) -> list[Json]:
        """As they are, to be looked at and not to be changed."""
        return list(self.storage.objects(resource).values())

    def _carry_out(self, call: Call, behind: int = 0) -> Answer | Watch:
        self.caller = call.client
        try:
            return super()._carry_out(call, behind)
        finally:
            self.caller = ""
