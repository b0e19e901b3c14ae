"""JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386), as the API server's library has them.

It is laxer than the RFC: `replace` adds a member that is not there, and to `test` such a member for null is true.
"""

import copy
from collections.abc import Sequence
from typing import Any


class PatchError(Exception):
    """An operation does not apply; nothing of the patch is."""


def json_patch(document: Any, operations: Sequence[dict[str, Any]]) -> Any:
    """The patched copy of a document. Raises PatchError."""
    result = {"": copy.deepcopy(document)}  # a level above, so that the whole document can be replaced too
    for operation in operations:
        try:
            _apply(result, operation)
        except (LookupError, TypeError, ValueError) as error:
            raise PatchError(f"{operation}: {error!r}") from error
    return result[""]


def merge_patch(document: Any, patch: Any) -> Any:
    """The patched copy of a document: null removes, lists are replaced as a whole."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return copy.deepcopy(result)


def _apply(root: dict[str, Any], operation: dict[str, Any]) -> None:
    path = _tokens(operation["path"])
    match operation["op"]:
        case "test":
            parent, value = _get(root, path[:-1]), operation["value"]
            absent = isinstance(parent, dict) and path[-1] not in parent
            if not same(None if absent else _get(root, path), value):
                raise ValueError("the test failed")
        case "add":
            _add(root, path, copy.deepcopy(operation["value"]))
        case "replace":
            _set(root, path, copy.deepcopy(operation["value"]))
        case "remove":
            _remove(root, path)
        case "move":
            _add(root, path, _remove(root, _tokens(operation["from"])))
        case "copy":
            _add(root, path, copy.deepcopy(_get(root, _tokens(operation["from"]))))
        case other:
            raise ValueError(f"no operation {other!r}")


def same(one: Any, other: Any) -> bool:
    """Equal as JSON, where true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _tokens(path: str) -> list[str]:
    """The path's parts, from the level above the document."""
    if path and not path.startswith("/"):
        raise ValueError(f"{path!r} is no JSON pointer")
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]


def _get(root: Any, path: list[str]) -> Any:
    for token in path:
        root = root[_index(root, token, len(root) - 1)] if isinstance(root, list) else _member(root, token)
    return root


def _add(root: Any, path: list[str], value: Any) -> None:
    parent, last = _get(root, path[:-1]), path[-1]
    if isinstance(parent, list):
        parent.insert(len(parent) if last == "-" else _index(parent, last, len(parent)), value)
    else:
        _object(parent)[last] = value


def _set(root: Any, path: list[str], value: Any) -> None:
    parent, last = _get(root, path[:-1]), path[-1]
    if isinstance(parent, list):
        parent[_index(parent, last, len(parent) - 1)] = value
    else:
        _object(parent)[last] = value


def _remove(root: Any, path: list[str]) -> Any:
    parent, last = _get(root, path[:-1]), path[-1]
    if isinstance(parent, list):
        return parent.pop(_index(parent, last, len(parent) - 1))
    return _object(parent).pop(last)


def _member(parent: Any, token: str) -> Any:
    return _object(parent)[token]


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} has no members")
    return value


def _index(parent: list[Any], token: str, highest: int) -> int:
    if not token.isdigit() or (token != "0" and token.startswith("0")) or int(token) > highest:
        raise ValueError(f"no index {token!r} in a list of {len(parent)}")
    return int(token)
