"""A local copy of all objects of one kind, kept up by list and watch."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import urllib3

from tests.cluster.api import Api, ApiError
from tests.doubles.agones.names import Json, key

RETRY_SECONDS = 0.5
RESYNC_SECONDS = 30  # as Agones' informers: whatever an event was missed for is looked at again
Handler = Callable[[Json | None, Json | None], None]
log = logging.getLogger(__name__)


class Informer:
    """Objects by namespace and name, to read only. Handlers get (old, new): None for what was not, or is no more.

    What this process writes is observed at once, and the event that the API server then sends changes nothing.
    """

    def __init__(self, api: Api, api_version: str, kind: str) -> None:
        self.api_version, self.kind = api_version, kind
        self._api = api
        self._objects: dict[tuple[str, str], Json] = {}
        self._gone: set[str] = set()  # uids: a late answer must not bring back the dead
        self._lock = threading.RLock()
        self._handlers: list[Handler] = []
        self.synced = threading.Event()

    def on_change(self, handler: Handler) -> None:
        self._handlers.append(handler)

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"{self.kind} informer", daemon=True).start()
        threading.Thread(target=self._resync, name=f"{self.kind} resync", daemon=True).start()

    def get(self, namespace: str, name: str) -> Json | None:
        with self._lock:
            return self._objects.get((namespace, name))

    def list(self, namespace: str | None = None) -> list[Json]:
        with self._lock:
            return [obj for (where, _), obj in self._objects.items() if namespace in (None, where)]

    def observe(self, obj: Json) -> None:
        """An object as the API server has just told it; an older one than that known is ignored."""
        with self._lock:
            old = self._objects.get(key(obj))
            if obj["metadata"]["uid"] in self._gone or (old and _version(old) >= _version(obj)):
                return
            self._objects[key(obj)] = obj
            if old and old["metadata"]["uid"] != obj["metadata"]["uid"]:
                self._tell(old, None)
                old = None
            self._tell(old, obj)

    def forget(self, obj: Json) -> None:
        with self._lock:
            self._gone.add(obj["metadata"]["uid"])
            known = self._objects.get(key(obj))
            if known and known["metadata"]["uid"] == obj["metadata"]["uid"]:
                del self._objects[key(obj)]
                self._tell(obj, None)

    def _tell(self, old: Json | None, new: Json | None) -> None:
        for handler in self._handlers:
            handler(old, new)

    def _run(self) -> None:
        version = ""
        while True:
            try:
                version = version or self._relist()
                version = self._watch(version)
            except (ApiError, urllib3.exceptions.HTTPError, OSError) as error:
                log.info("%s: list again: %s", self.kind, error)
                version = ""
                time.sleep(RETRY_SECONDS)

    def _relist(self) -> str:
        answer = self._api.list_response(self.api_version, self.kind)
        listed: list[Json] = answer["items"]
        kept = {obj["metadata"]["uid"] for obj in listed}
        with self._lock:
            for obj in [obj for obj in self._objects.values() if obj["metadata"]["uid"] not in kept]:
                self.forget(obj)
            for obj in listed:
                self.observe(obj)
        self.synced.set()
        return str(answer["metadata"]["resourceVersion"])

    def _watch(self, version: str) -> str:
        for type_, obj in self._api.watch(self.api_version, self.kind, resource_version=version):
            version = obj["metadata"]["resourceVersion"]
            if type_ == "DELETED":
                self.forget(obj)
            elif type_ != "BOOKMARK":
                self.observe(obj)
        return version

    def _resync(self) -> None:
        while True:
            time.sleep(RESYNC_SECONDS)
            with self._lock:
                for obj in list(self._objects.values()):
                    self._tell(obj, obj)


def _version(obj: Json) -> int:
    # Kubernetes 1.35 promises that resource versions of one kind compare as numbers.
    found: Any = obj["metadata"]["resourceVersion"]
    return int(found)
