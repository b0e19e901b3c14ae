"""Where kinds are found, and what errors mean."""

import json

import pytest

from kubeclient.error import ApiError, NoAnswerError, of_answer
from kubeclient.resources import (
    CERTIFICATE_SIGNING_REQUESTS,
    GAME_SERVERS,
    LEASES,
    NODES,
    PODS,
    Resource,
    key_of,
)


@pytest.mark.parametrize(
    ("resource", "arguments", "path"),
    [
        (NODES, ("", "node-1", "status"), "/api/v1/nodes/node-1/status"),
        (PODS, (), "/api/v1/pods"),
        (PODS, ("games",), "/api/v1/namespaces/games/pods"),
        (LEASES, ("kube-node-lease", "n"), "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n"),
        (GAME_SERVERS, ("games", "a"), "/apis/agones.dev/v1/namespaces/games/gameservers/a"),
        (
            CERTIFICATE_SIGNING_REQUESTS,
            ("", "csr-1", "approval"),
            "/apis/certificates.k8s.io/v1/certificatesigningrequests/csr-1/approval",
        ),
        (NODES, ("", "a/../b?c"), "/api/v1/nodes/a%2F..%2Fb%3Fc"),
    ],
)
def test_an_object_is_found_at_its_path(resource: Resource, arguments: tuple[str, ...], path: str) -> None:
    assert resource.path(*arguments) == path


def test_a_path_that_would_be_another_objects_is_refused() -> None:
    with pytest.raises(ValueError, match="nodes have no namespace"):
        NODES.path("default", "node-1")
    with pytest.raises(ValueError, match="without one"):
        PODS.path("", "pod-1")


def test_a_key_is_namespace_and_name() -> None:
    assert key_of({"metadata": {"name": "a", "namespace": "n"}}) == ("n", "a")
    assert key_of({"metadata": {"name": "a"}}) == ("", "a")


def status(code: int, reason: str, **details: object) -> bytes:
    return json.dumps({"kind": "Status", "code": code, "reason": reason, "message": "m", "details": details}).encode()


MEANINGS = {
    "missing": (404, status(404, "NotFound", name="a", kind="nodes")),
    "exists": (409, status(409, "AlreadyExists", name="a")),
    "conflict": (409, status(409, "Conflict", name="a")),
    "expired": (410, status(410, "Expired")),
    "conflict of a JSON patch": (422, status(422, "Invalid")),
    "invalid": (422, status(422, "Invalid", name="a", causes=[{"field": "spec"}])),
    "not served": (404, b"404 page not found"),
    "not served, as an object": (404, status(404, "NotFound")),
    "a proxy's": (502, b"<html>Bad Gateway</html>"),
    "odd JSON": (500, b'["Status"]'),
    "odd details": (409, b'{"reason": "Conflict", "details": ["a"]}'),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_an_error_means_one_thing(name: str) -> None:
    error = of_answer(*MEANINGS[name])
    meant = {word for word in ("missing", "exists", "conflict", "expired") if getattr(error, word)}
    assert meant == ({name.partition(" ")[0]} & {"missing", "exists", "conflict", "expired"})
    assert error.status == MEANINGS[name][0]


def test_how_long_to_wait_is_the_statuss_or_the_headers_word() -> None:
    assert of_answer(429, status(429, "TooManyRequests", retryAfterSeconds=7), "3").retry_after == 7
    assert of_answer(503, b"", "3").retry_after == 3
    assert of_answer(503, b"", "Wed, 21 Oct 2026 07:28:00 GMT").retry_after is None


def test_no_answer_is_an_error_of_no_other_meaning() -> None:
    error = NoAnswerError("lost")
    assert isinstance(error, ApiError)
    assert (error.status, error.missing, error.conflict, error.exists, error.expired) == (0, *[False] * 4)
