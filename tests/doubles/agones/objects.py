"""All that a controller reads and writes: local copies of all its kinds, and the writes that keep them fresh."""

import copy

from tests.cluster.api import Api, ApiError, Ref
from tests.doubles.agones.informer import Informer
from tests.doubles.agones.names import GROUP, Json, key, terminating

AUTOSCALING = "autoscaling.agones.dev/v1"


class Objects:
    """Every write is a full update with the resourceVersion it was read at, so it fails when another came between."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.fleets = Informer(api, GROUP, "Fleet")
        self.sets = Informer(api, GROUP, "GameServerSet")
        self.servers = Informer(api, GROUP, "GameServer")
        self.autoscalers = Informer(api, AUTOSCALING, "FleetAutoscaler")
        self.pods = Informer(api, "v1", "Pod")
        self.nodes = Informer(api, "v1", "Node")

    def as_(self, api: Api) -> "Objects":
        """The same local copies, written by another program."""
        other = copy.copy(self)
        other.api = api
        return other

    @property
    def informers(self) -> list[Informer]:
        return [self.fleets, self.sets, self.servers, self.autoscalers, self.pods, self.nodes]

    def start(self) -> None:
        """Raises TimeoutError when a kind could not be listed."""
        for informer in self.informers:
            informer.start()
        for informer in self.informers:
            if not informer.synced.wait(60):
                raise TimeoutError(f"cannot list {informer.api_version} {informer.kind}")

    def create(self, obj: Json) -> Json:
        return self._observed(self.api.create(obj, strict=False))

    def update(self, obj: Json, subresource: str = "") -> Json:
        return self._observed(self.api.replace(obj, subresource))

    def set_state(self, server: Json, state: str, **status: object) -> Json:
        """The GameServer in its next state, with other fields of its status."""
        return self.update(server | {"status": server["status"] | status | {"state": state}})

    def delete(self, obj: Json) -> None:
        self.api.delete(obj)

    def pod_of(self, server: Json) -> Json | None:
        """The pod of the GameServer's name that it owns."""
        pod = self.pods.get(*key(server))
        owners = (pod or {}).get("metadata", {}).get("ownerReferences") or ()
        return pod if any(each["uid"] == server["metadata"]["uid"] for each in owners) else None

    def _observed(self, obj: Json) -> Json:
        for informer in self.informers:
            if (informer.api_version, informer.kind) == (obj["apiVersion"], obj["kind"]):
                # The answer to the update that took the last finalizer is an object that is no more.
                gone = terminating(obj) and not obj["metadata"].get("finalizers")
                (informer.forget if gone else informer.observe)(obj)
        return obj


def reread(objects: Objects, ref: Ref) -> Json | None:
    """The object as the API server has it now."""
    try:
        return objects.api.get(ref)
    except ApiError as error:
        if error.status == 404:
            return None
        raise
