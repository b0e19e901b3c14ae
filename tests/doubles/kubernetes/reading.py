"""Gets, lists and the opening of watches, now or as of an earlier version."""

import math
from typing import Any

from kubeclient.clock import Clock
from tests.doubles.kubernetes.refusal import bad_request, continue_expired, expired, not_found
from tests.doubles.kubernetes.routes import Call, flag
from tests.doubles.kubernetes.selection import Test, by_fields, by_labels
from tests.doubles.kubernetes.storage import Change, Json, Storage, continue_token, read_token
from tests.doubles.kubernetes.watches import Watch, line


class Reading:
    """What reads of a Storage are answered with. Every method raises Refusal."""

    def __init__(self, storage: Storage, clock: Clock, bookmark_seconds: float) -> None:
        self._storage, self._clock, self._bookmark_seconds = storage, clock, bookmark_seconds

    def get(self, call: Call, version: int | None = None) -> Json:
        resource = call.kind.resource
        past = None if version is None else self._storage.objects(resource, version)
        found = self._storage.find(resource, call.key) if past is None else past.get(call.key)
        if found is None:
            raise not_found(call.kind, call.name)
        return found

    def list(self, call: Call, version: int | None = None) -> Json:
        """The list object. A page of one with `limit`, which later pages complete as of the same version."""
        token, limit = call.query.get("continue", ""), int(call.query.get("limit", 0))
        start = ("", "")
        if token:
            version, start = read_token(token)
            if version < self._storage.oldest:
                raise continue_expired()
        selected = _selection(call)
        objects = self._storage.objects(call.kind.resource, version)
        found = [(key, obj) for key, obj in objects.items() if key > start and selected(obj)]
        page = found[:limit] if limit else found
        metadata: dict[str, Any] = {"resourceVersion": str(self._storage.version if version is None else version)}
        if len(page) < len(found):
            metadata["continue"] = continue_token(int(metadata["resourceVersion"]), page[-1][0])
            metadata["remainingItemCount"] = len(found) - len(page)
        resource = call.kind.resource
        items = [obj if call.kind.custom else _bare(obj) for _, obj in page]
        return {
            "kind": f"{resource.kind}List",
            "apiVersion": resource.api_version,
            "metadata": metadata,
            "items": items,
        }

    def watch(self, call: Call) -> Watch:
        """A watch that has everything in it which happened since the version that was asked for."""
        asked = call.query.get("resourceVersion", "")
        if asked and not asked.isdigit():
            raise bad_request(f"invalid resource version: {asked!r}")
        watch = Watch(
            call,
            _selection(call),
            self._clock,
            lambda: self._storage.version,
            int(asked or 0),
            float(call.query.get("timeoutSeconds") or math.inf),
            self._bookmark_seconds if flag(call.query, "allowWatchBookmarks") else math.inf,
        )
        if int(asked or 0) == 0:
            for key, obj in self._storage.objects(call.kind.resource).items():
                watch.tell(Change(self._storage.version, "ADDED", call.kind.resource, key, obj, None))
        elif int(asked) < self._storage.oldest:
            # As an event: the answer has begun by the time that the version is looked up.
            watch.say(line("ERROR", expired(int(asked), self._storage.oldest).status()))
            watch.close()
        else:
            for change in self._storage.changes_since(call.kind.resource, int(asked)):
                watch.tell(change)
        return watch


def _selection(call: Call) -> Test:
    labels = by_labels(call.query.get("labelSelector", ""))
    fields = by_fields(call.query.get("fieldSelector", ""), call.kind)
    namespace = call.namespace

    def selected(obj: Json) -> bool:
        return namespace in ("", obj["metadata"].get("namespace", "")) and labels(obj) and fields(obj)

    return selected


def _bare(obj: Json) -> Json:
    return {name: value for name, value in obj.items() if name not in ("apiVersion", "kind")}
