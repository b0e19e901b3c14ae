"""The Kubernetes API as JSON, word for word: what was sent, what came back, which refusal.

The typed clients drop fields they do not know and cannot ask for strict validation: both are what is tested here.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode

import urllib3

Json = dict[str, Any]
PatchType = Literal["json", "merge", "strategic", "apply"]

_CONTENT: Mapping[PatchType, str] = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
MANAGER = "homeground-test"
TIMEOUT_SECONDS = 40
CHUNK_BYTES = 65_536


class ApiError(Exception):
    """The API server's refusal: HTTP status, `reason` and `message` of the Status object."""

    def __init__(self, status: int, reason: str, message: str, body: Json | None = None) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status, self.reason, self.message, self.body = status, reason, message, body or {}


class Ref(NamedTuple):
    """An object's identity; a manifest does where a Ref does."""

    api_version: str
    kind: str
    name: str
    namespace: str | None = None


Object = Ref | Mapping[str, Any]


class Api:
    """One identity's view of one API server. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        ca: Path,
        client: tuple[Path, Path] | None = None,
        headers: Sequence[tuple[str, str]] = (),
        pool: urllib3.PoolManager | None = None,
    ) -> None:
        self.url, self.ca = url, ca
        self._headers = urllib3.HTTPHeaderDict(headers)
        certificate, key = map(str, client) if client else (None, None)
        self._pool = pool or urllib3.PoolManager(
            maxsize=20, ca_certs=str(ca), retries=False, cert_file=certificate, key_file=key
        )
        self._kinds = _Kinds(self)

    def as_(self, user: str, groups: Sequence[str] = ()) -> "Api":
        """The same API server as another user, by impersonation."""
        own = [(name, value) for name, value in self._headers.items() if name == "Authorization"]
        headers = [*own, ("Impersonate-User", user), *(("Impersonate-Group", group) for group in groups)]
        api = Api(self.url, self.ca, headers=headers, pool=self._pool)
        api._kinds = self._kinds  # discovery needs the group system:authenticated, which the other user may lack
        return api

    def with_token(self, token: str) -> "Api":
        """The same API server by a bearer token alone."""
        api = Api(self.url, self.ca, headers=[("Authorization", f"Bearer {token}")])
        api._kinds = self._kinds
        return api

    # One object

    def get(self, ref: Object, subresource: str = "") -> Json:
        return self.call("GET", self.path(ref, subresource))

    def find(self, ref: Object) -> Json | None:
        """The object, or None when it (or its kind) is not there."""
        try:
            return self.get(ref)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def create(self, manifest: Json, dry_run: bool = False, subresource: str = "", strict: bool = True) -> Json:
        """POST; `metadata.generateName` works."""
        if subresource:
            path = self.path(manifest, subresource)
        else:
            path = self.collection(manifest["apiVersion"], manifest["kind"], manifest["metadata"].get("namespace"))
        return self.call("POST", path, manifest, query=_query(dry_run, strict))

    def replace(self, manifest: Json, subresource: str = "", dry_run: bool = False) -> Json:
        """PUT; with `metadata.resourceVersion` only if nobody wrote since."""
        return self.call("PUT", self.path(manifest, subresource), manifest, query=_query(dry_run, True))

    def apply(
        self,
        manifest: Json,
        manager: str = MANAGER,
        force: bool = True,
        *,
        dry_run: bool = False,
        strict: bool = True,
        subresource: str = "",
    ) -> Json:
        """Server-side apply, with strict field validation: an unknown or repeated field is refused."""
        query = _query(dry_run, strict) | {"fieldManager": manager, "force": str(force).lower()}
        return self.call("PATCH", self.path(manifest, subresource), manifest, _CONTENT["apply"], query)

    def patch(self, ref: Object, body: Any, type: PatchType = "merge", subresource: str = "") -> Json:  # noqa: A002
        return self.call("PATCH", self.path(ref, subresource), body, _CONTENT[type], _query(False, True))

    def delete(
        self,
        ref: Object,
        propagation: str = "Background",
        grace: int | None = None,
        preconditions: Json | None = None,
    ) -> Json:
        """Ask for deletion; an object that is gone already is no error."""
        options: Json = {"propagationPolicy": propagation}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        if preconditions:
            options["preconditions"] = preconditions
        try:
            return self.call("DELETE", self.path(ref), options)
        except ApiError as error:
            if error.status == 404:
                return {}
            raise

    # Many objects

    def list(
        self, api_version: str, kind: str, namespace: str | None = None, labels: str = "", fields: str = ""
    ) -> list[Json]:
        """All objects of a kind, in one namespace or in all; `labels` and `fields` are selectors."""
        return list(self.list_response(api_version, kind, namespace, labels, fields)["items"])

    def list_response(
        self, api_version: str, kind: str, namespace: str | None = None, labels: str = "", fields: str = ""
    ) -> Json:
        """The list with its `metadata.resourceVersion`; the items carry apiVersion and kind."""
        query = {"labelSelector": labels, "fieldSelector": fields}
        answer = self.call("GET", self.collection(api_version, kind, namespace), query=query)
        answer["items"] = [{"apiVersion": api_version, "kind": kind} | item for item in answer.get("items") or ()]
        return answer

    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        *,
        resource_version: str = "",
        seconds: int = 300,
        labels: str = "",
    ) -> Iterator[tuple[str, Json]]:
        """Events (type, object) from `resource_version` on, until the server ends the watch after `seconds`.

        Raises ApiError 410 when that version is forgotten: list again.
        """
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(seconds),
            "labelSelector": labels,
        }
        url = f"{self.url}{self.collection(api_version, kind, namespace)}?{urlencode(_given(query))}"
        timeout = urllib3.Timeout(connect=TIMEOUT_SECONDS, read=seconds + TIMEOUT_SECONDS)
        response = self._pool.request("GET", url, headers=self._headers, preload_content=False, timeout=timeout)
        try:
            if response.status >= 400:
                raise _error(response.status, response.read())
            for event in _lines(response):
                if event["type"] == "ERROR":
                    status = event["object"]
                    raise ApiError(status.get("code", 500), status.get("reason", ""), status.get("message", ""), status)
                yield event["type"], event["object"]
        finally:
            response.close()

    # The wire

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Json:
        """One request; the answer's JSON. Raises ApiError for any status from 400 up."""
        answer = self.read(method, path, body, content_type, query)
        return json.loads(answer) if answer else {}

    def read(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> bytes:
        """As `call`, the answer's bytes: for what is no JSON (healthz, metrics, logs)."""
        headers = self._headers.copy()
        if body is not None:
            headers["Content-Type"] = content_type
        given = urlencode(_given(query or {}))
        response = self._pool.request(
            method,
            self.url + path + (f"?{given}" if given else ""),
            body=json.dumps(body) if body is not None else None,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
        )
        if response.status >= 400:
            raise _error(response.status, response.data)
        return response.data

    def path(self, ref: Object, subresource: str = "") -> str:
        """The URL path of an object."""
        ref = identity(ref)
        path = f"{self.collection(ref.api_version, ref.kind, ref.namespace)}/{ref.name}"
        return f"{path}/{subresource}" if subresource else path

    def collection(self, api_version: str, kind: str, namespace: str | None = None) -> str:
        """The URL path of a kind's objects, in one namespace or (None) in all."""
        plural, namespaced = self._kinds.find(api_version, kind)
        base = _group_path(api_version)
        return f"{base}/namespaces/{namespace}/{plural}" if namespaced and namespace else f"{base}/{plural}"

    def close(self) -> None:
        self._pool.clear()


class _Kinds:
    """What discovery says of each kind: its plural, and whether it is namespaced. Asked again for what it lacks."""

    def __init__(self, api: Api) -> None:
        self._api, self._lock = api, threading.Lock()
        self._known: dict[str, dict[str, tuple[str, bool]]] = {}

    def find(self, api_version: str, kind: str) -> tuple[str, bool]:
        with self._lock:
            if kind not in self._known.get(api_version, {}):
                found = self._api.call("GET", _group_path(api_version))["resources"]
                self._known[api_version] = {
                    each["kind"]: (each["name"], each["namespaced"]) for each in found if "/" not in each["name"]
                }
            if kind not in self._known[api_version]:
                raise ApiError(404, "NotFound", f"{api_version} has no kind {kind}")
            return self._known[api_version][kind]


def identity(obj: Object) -> Ref:
    """The Ref of a manifest."""
    if isinstance(obj, Ref):
        return obj
    metadata = obj["metadata"]
    return Ref(obj["apiVersion"], obj["kind"], metadata["name"], metadata.get("namespace"))


def _group_path(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _query(dry_run: bool, strict: bool) -> dict[str, str]:
    return {"fieldValidation": "Strict" if strict else "Warn", "dryRun": "All" if dry_run else ""}


def _given(query: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in query.items() if value}


def _error(status: int, body: bytes) -> ApiError:
    try:
        answer = json.loads(body)
        return ApiError(status, answer.get("reason", ""), answer.get("message", ""), answer)
    except (ValueError, AttributeError):
        return ApiError(status, "", body.decode(errors="replace"))


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[Json]:
    rest = b""
    for part in response.stream(CHUNK_BYTES):
        *lines, rest = (rest + part).split(b"\n")
        yield from (json.loads(line) for line in lines if line)
