"""What the API server makes of a create, an update, a patch and a delete. Each is one step: all of it or nothing."""

from datetime import timedelta
from typing import Any

from kubeclient import timestamp
from kubeclient.clock import Clock
from kubeclient.resources import Key
from tests.doubles.kubernetes import patches, rules
from tests.doubles.kubernetes.kinds import Kind
from tests.doubles.kubernetes.refusal import (
    Refusal,
    bad_request,
    conflict,
    exists,
    invalid,
    modified,
    not_found,
    patch_refused,
)
from tests.doubles.kubernetes.storage import Json, Storage, copy_of

JSON_PATCH, MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"
KEPT = (
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)
"""Metadata that only the server writes."""

UNGRACEFUL = ("Succeeded", "Failed")


class Registry:
    """The rules over a Storage. Every method raises Refusal."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock

    def get(self, kind: Kind, key: Key) -> Json:
        found = self._storage.find(kind.resource, key)
        if found is None:
            raise not_found(kind, key[1])
        return found

    def create(self, kind: Kind, namespace: str, body: Json, *, whole: bool = False) -> Json:
        """`whole` keeps the status, as no request can."""
        obj = self._checked(kind, namespace, body)
        metadata = obj["metadata"]
        if prefix := metadata.get("generateName"):
            metadata.setdefault("name", f"{prefix}{next(self._storage.uids)[:8]}")
        if not metadata.get("name"):
            raise invalid(kind, "", "metadata.name", "Required value: name or generateName is required")
        key = (namespace, metadata["name"])
        if self._storage.find(kind.resource, key):
            raise exists(kind, key[1])
        for name in KEPT[2:]:
            metadata.pop(name, None)
        metadata |= {"uid": next(self._storage.uids), "creationTimestamp": timestamp.to_seconds(self._clock.now())}
        metadata |= {"generation": 1} if kind.custom else {}
        status = obj.get("status")
        if kind.status and not kind.status_at_create:
            obj.pop("status", None)
        rules.on_create(kind, obj)
        obj |= {"status": status} if whole and status is not None else {}
        obj = _complete(kind, obj)
        return self._storage.put(kind.resource, key, obj)

    def update(self, kind: Kind, key: Key, body: Json, subresource: str = "") -> Json:
        old = self.get(kind, key)
        new = self._checked(kind, key[0], body)
        given, known = new["metadata"], old["metadata"]
        if given.get("name") != key[1]:
            raise bad_request(
                f"the name of the object ({given.get('name')}) does not match the name on the URL ({key[1]})"
            )
        if given.get("uid", known["uid"]) != known["uid"]:
            why = f"Precondition failed: UID in precondition: {given['uid']}, UID in object meta: {known['uid']}"
            raise conflict(kind, key[1], why)
        version = given.get("resourceVersion")
        if not version and (kind.custom or not kind.unconditional):
            found = "0x0" if kind.custom else '""'
            why = f"Invalid value: {found}: must be specified for an update"
            raise invalid(kind, key[1], "metadata.resourceVersion", why)
        if version and version != known["resourceVersion"]:
            raise modified(kind, key[1])
        return self._write(kind, key, old, _updated(kind, old, new, subresource))

    def overwrite(self, kind: Kind, key: Key, obj: Json) -> Json:
        """Status and all else in one step, whoever wrote before: as no request can."""
        old, new = self.get(kind, key), self._checked(kind, key[0], obj)
        return self._write(kind, key, old, _with_status(_updated(kind, old, new, ""), new))

    def patch(self, kind: Kind, key: Key, content_type: str, body: Any, subresource: str = "") -> Json:
        old = self.get(kind, key)
        match content_type:
            case "application/json-patch+json":
                try:
                    new = patches.json_patch(old, body)
                except patches.PatchError:
                    raise patch_refused() from None
            case "application/merge-patch+json":
                new = patches.merge_patch(old, body)
            case other:
                message = f"the body of the request was in an unknown format - {other}: the double has JSON and merge"
                raise Refusal(415, "UnsupportedMediaType", message)
        if not new.get("metadata", {}).get("resourceVersion"):
            new["metadata"] = new.get("metadata", {}) | {"resourceVersion": old["metadata"]["resourceVersion"]}
        return self.update(kind, key, new, subresource)

    def delete(self, kind: Kind, key: Key, options: Json) -> Json:
        """The object as it is from now on, or, when it is gone, the Status that says so."""
        old = self.get(kind, key)
        _check_preconditions(kind, old, options.get("preconditions") or {})
        if options.get("propagationPolicy", "Background") != "Background":
            raise bad_request("the double has no garbage collector: its only propagation is Background")
        grace = _grace(kind, old, options)
        metadata = old["metadata"]
        if not grace and not metadata.get("finalizers"):
            last = self._storage.remove(kind.resource, key, old)
            return _success(kind, last)
        if metadata.get("deletionTimestamp") and grace >= metadata["deletionGracePeriodSeconds"]:
            return old
        new = copy_of(old)
        ends = timestamp.to_seconds(self._clock.now() + timedelta(seconds=grace))
        new["metadata"] |= {"deletionTimestamp": ends, "deletionGracePeriodSeconds": grace}
        if kind.custom and not metadata.get("deletionTimestamp"):
            new["metadata"]["generation"] += 1
        return self._storage.put(kind.resource, key, new)

    def _write(self, kind: Kind, key: Key, old: Json, new: Json) -> Json:
        """What changes nothing is no write: no version, no event."""
        new = _complete(kind, new)
        rules.on_update(kind, old, new)
        if patches.same(old, new):
            return old
        metadata = new["metadata"]
        if metadata.get("deletionTimestamp"):
            if added := set(metadata.get("finalizers") or ()) - set(old["metadata"].get("finalizers") or ()):
                why = f"Forbidden: no new finalizers can be added if the object is being deleted, found {sorted(added)}"
                raise invalid(kind, key[1], "metadata.finalizers", why)
            if not metadata.get("finalizers") and not metadata.get("deletionGracePeriodSeconds"):
                # Watchers are shown what was stored, its last finalizer included; whoever took it, what came of it.
                version = self._storage.remove(kind.resource, key, old)["metadata"]["resourceVersion"]
                return new | {"metadata": metadata | {"resourceVersion": version}}
        return self._storage.put(kind.resource, key, new)

    def _checked(self, kind: Kind, namespace: str, body: Any) -> Json:
        """A copy of the body, if it is an object of this kind and namespace."""
        if not isinstance(body, dict) or not isinstance(body.get("metadata"), dict):
            raise bad_request("the body is no object with metadata")
        resource, obj = kind.resource, copy_of(body)
        api_version, name = obj.setdefault("apiVersion", resource.api_version), obj.setdefault("kind", resource.kind)
        if (api_version, name) != (resource.api_version, resource.kind):
            if kind.custom:
                why = f'Invalid value: "{name}": must be {resource.kind}'
                raise invalid(kind, body["metadata"].get("name", ""), "kind", why)
            raise bad_request(f"{api_version} {name} in the body of a request for {resource}")
        metadata = obj["metadata"]
        if resource.namespaced and metadata.setdefault("namespace", namespace) != namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        return obj


def _updated(kind: Kind, old: Json, new: Json, subresource: str) -> Json:
    """What this endpoint lets through of `new`."""
    metadata = new["metadata"] | {name: old["metadata"][name] for name in KEPT if name in old["metadata"]}
    metadata["resourceVersion"] = old["metadata"]["resourceVersion"]
    if subresource == "approval":
        return old | {"status": (old.get("status") or {}) | {"conditions": _conditions(new)}}
    if subresource == "status":
        own = old if kind.custom else old | {"metadata": metadata}
        return _with_status(own, new)
    result = _with_status(new | {"metadata": metadata}, old) if kind.status else new | {"metadata": metadata}
    outside = {"metadata", "status"} if kind.status else {"metadata"}
    if kind.custom and any(result.get(name) != old.get(name) for name in (result.keys() | old.keys()) - outside):
        result["metadata"]["generation"] += 1
    return result


def _with_status(obj: Json, source: Json) -> Json:
    rest = {name: value for name, value in obj.items() if name != "status"}
    return rest | ({"status": source["status"]} if "status" in source else {})


def _complete(kind: Kind, obj: Json) -> Json:
    return {**obj, **{part: {} for part in kind.parts if part not in obj}}


def _conditions(obj: Json) -> list[Json]:
    return list((obj.get("status") or {}).get("conditions") or ())


def _check_preconditions(kind: Kind, old: Json, given: Json) -> None:
    metadata = old["metadata"]
    if given.get("uid", metadata["uid"]) != metadata["uid"]:
        raise conflict(
            kind,
            metadata["name"],
            f"Precondition failed: UID in precondition: {given['uid']}, UID in object meta: {metadata['uid']}",
        )
    if given.get("resourceVersion", metadata["resourceVersion"]) != metadata["resourceVersion"]:
        why = (
            f"Precondition failed: ResourceVersion in precondition: {given['resourceVersion']},"
            f" ResourceVersion in object meta: {metadata['resourceVersion']}"
        )
        raise conflict(kind, metadata["name"], why)


def _grace(kind: Kind, old: Json, options: Json) -> int:
    """Seconds that it is given to end. Only what runs on a node is given any."""
    spec, phase = old.get("spec") or {}, (old.get("status") or {}).get("phase")
    if not kind.graceful or not spec.get("nodeName") or phase in UNGRACEFUL:
        return 0
    asked = options.get("gracePeriodSeconds")
    return int(spec.get("terminationGracePeriodSeconds", 30) if asked is None else asked)


def _success(kind: Kind, last: Json) -> Json:
    details = {"name": last["metadata"]["name"], "kind": kind.resource.plural, "uid": last["metadata"]["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
