"""Edits of a World, to be read in a table: of facts as text, of manifests and chart values by path."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.constructs.seams.case import Edit
from tests.constructs.seams.world import World

Find = Callable[[World], Any]
GONE = object()


def both(*edits: Edit) -> Edit:
    """One edit after the other."""

    def edit(world: World) -> None:
        for one in edits:
            one(world)

    return edit


def fact(file: str, old: str, new: str) -> Edit:
    """`old`, which stands in the file once, becomes `new`."""
    return lambda world: world.replace(file, old, new)


def file(path: str, text: str) -> Edit:
    """A file that was not there."""
    return lambda world: world.write(path, text)


def of(kind: str, name: str, path: str, value: Any = GONE) -> Edit:
    """A field of a manifest gets another value, or goes. A number in the path counts a list's items from 0."""
    return _put(lambda world: world.object(*_named(kind, name)), path, value)


def value_of(chart: str, path: str, value: Any = GONE) -> Edit:
    """One of our values for a chart gets another value, or goes."""
    return _put(lambda world: world.values(chart), path, value)


def without(app: str, kind: str, name: str) -> Edit:
    """A manifest that is not rendered."""
    return lambda world: world.app(app).remove(world.object(*_named(kind, name)))


def also(app: str, manifest: Mapping[str, Any]) -> Edit:
    """One manifest more."""
    return lambda world: world.app(app).append(dict(manifest))


def _named(kind: str, name: str) -> tuple[str, str, str | None]:
    """`games-lantern/tenant` is a namespace and a name."""
    namespace, _, own = name.rpartition("/")
    return kind, own, namespace or None


def _put(find: Find, path: str, value: Any) -> Edit:
    *parents, last = path.split(".")

    def edit(world: World) -> None:
        parent = find(world)
        for key in parents:
            parent = parent[int(key) if isinstance(parent, list) else key]
        if value is GONE:
            del parent[last]
        else:
            parent[int(last) if isinstance(parent, list) else last] = value

    return edit
