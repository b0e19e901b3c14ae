"""All objects of one kind as last heard of, and who is told when they change."""

import logging
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from kubeclient.resources import Json, Key, key_of

T = TypeVar("T")
Handler = Callable[[Key, T | None, T | None], None]
"""Told (key, old, new): None for what was not, or is no more. Never of one object turning into another of its name."""

log = logging.getLogger(__name__)


class Store(Generic[T]):
    """Objects by namespace and name, as `decode` makes them. It may be behind: read again before what can't be undone.

    An object that `decode` raises for keeps its last readable form and is listed in `unreadable`: it is there all the
    same, and taking it for absent would be taking an error for an absence.
    """

    def __init__(self, decode: Callable[[Json], T]) -> None:
        self._decode = decode
        self._objects: dict[Key, T] = {}
        self._uids: dict[Key, str] = {}
        self._handlers: list[Handler[T]] = []
        self.objects: Mapping[Key, T] = MappingProxyType(self._objects)
        self.unreadable: dict[Key, Exception] = {}

    def on_change(self, handler: Handler[T]) -> None:
        """Call `handler` from now on. What it raises is logged and goes no further."""
        self._handlers.append(handler)

    def put(self, obj: Json) -> None:
        """An object as it is now. What decodes to the same as before is no change.

        Its resourceVersion is not asked: after etcd was restored the same one may name something else.
        """
        key, uid = key_of(obj), obj["metadata"].get("uid", "")
        if self._uids.get(key, uid) != uid:
            self.remove(key)
        self._uids[key] = uid
        try:
            new = self._decode(obj)
        except Exception as error:  # whatever a decoder raises, the other objects go on
            log.warning("%s can't be read: %s", "/".join(filter(None, key)), error)
            self.unreadable[key] = error
            return
        self.unreadable.pop(key, None)
        old = self._objects.get(key)
        self._objects[key] = new
        if old is None or old != new:
            self._tell(key, old, new)

    def remove(self, key: Key) -> None:
        """An object that is no more."""
        self._uids.pop(key, None)
        self.unreadable.pop(key, None)
        if key in self._objects:
            self._tell(key, self._objects.pop(key), None)

    def replace(self, objects: Iterable[Json]) -> None:
        """All of them, as a list has it: who is not among them is gone, though nobody said so."""
        listed = {key_of(obj): obj for obj in objects}
        for key in [key for key in self._uids if key not in listed]:
            self.remove(key)
        for obj in listed.values():
            self.put(obj)

    def _tell(self, key: Key, old: T | None, new: T | None) -> None:
        for handler in self._handlers:
            try:
                handler(key, old, new)
            except Exception:
                log.exception("a handler failed for %s", "/".join(filter(None, key)))
