"""Which object and which verb a request is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import msgspec

from kubeclient.resources import Key
from kubeclient.transport import Request
from tests.doubles.kubernetes.kinds import Kind
from tests.doubles.kubernetes.refusal import Refusal, bad_request

VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request as tests and faults see it. `verb` is one of RBAC's; `client` is who sent it."""

    client: str
    verb: str
    kind: Kind
    namespace: str
    name: str
    subresource: str
    query: Mapping[str, str]
    content_type: str = ""
    body: Any = field(default=None, repr=False)

    @property
    def key(self) -> Key:
        return self.namespace, self.name

    @property
    def writes(self) -> bool:
        return self.verb in ("create", "update", "patch", "delete")

    def __str__(self) -> str:
        place = "/".join(filter(None, (self.namespace, self.name, self.subresource)))
        return f"{self.client}: {self.verb} {self.kind.resource.plural} {place}".rstrip()


def call_of(client: str, request: Request, kinds: Iterable[Kind]) -> Call:
    """Raises Refusal for what is not served."""
    parts = [unquote(part) for part in request.path.strip("/").split("/")]
    core = parts[0] == "api"
    group, rest = ("", parts[1:]) if core else (parts[1] if len(parts) > 1 else "", parts[2:])
    version, rest = (rest[0], rest[1:]) if rest else ("", [])
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource, *more = [*rest, "", "", ""]
    found = (each for each in kinds if _address(each) == (group, version, plural))
    kind = next(found, None)
    if kind is None or any(more) or subresource not in _subresources(kind):
        raise Refusal(404, "", "404 page not found")  # as text, without an object's name
    verb = VERBS[request.method]
    if verb == "get" and not name:
        verb = "watch" if flag(request.query, "watch") else "list"
    body = _json(request.body) if request.body else None
    return Call(client, verb, kind, namespace, name, subresource, request.query, request.content_type, body)


def flag(query: Mapping[str, str], name: str) -> bool:
    """A parameter that is yes or no, as the API server reads it: whatever does not say no says yes."""
    return name in query and query[name].lower() not in ("false", "0")


def _address(kind: Kind) -> tuple[str, str, str]:
    return kind.resource.group, kind.resource.version, kind.resource.plural


def _subresources(kind: Kind) -> set[str]:
    return {""} | ({"status"} if kind.status else set()) | ({"approval"} if kind.approval else set())


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise bad_request(f"the body is not JSON: {error}") from None
