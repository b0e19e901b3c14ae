"""A bootstrap token is good for one machine of one name, once: on the real API server, with requests as kubelet's."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cluster.api import Api, ApiError, Json
from tests.cluster.control_plane import ControlPlane
from tests.cluster.vm.join import REQUEST, SIGNER, Join
from tests.cluster.wait import wait_for

pytestmark = pytest.mark.cluster

KNOWN_SECONDS = 40  # the API server remembers a token for ten
USAGES = ("digital signature", "client auth")


@pytest.fixture
def join(control_plane: ControlPlane) -> Iterator[Join]:
    with Join(control_plane, "newcomer") as join:
        yield join


@pytest.fixture
def newcomer(control_plane: ControlPlane, join: Join) -> Iterator[Api]:
    """The API as the holder of the token sees it."""
    api = control_plane.api.with_token(join.token)
    wait_for("the token to be known", lambda: [api.list(*REQUEST)], KNOWN_SECONDS)
    yield api
    api.close()


def ask(
    api: Api,
    *,
    name: str = "system:node:newcomer",
    groups: Sequence[str] = ("system:nodes",),
    usages: Sequence[str] = USAGES,
    signer: str = SIGNER,
    extra: Sequence[x509.ExtensionType] = (),
) -> Json:
    """Make a CertificateSigningRequest; the object."""
    names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    subject = x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    for extension in extra:
        builder = builder.add_extension(extension, critical=False)
    pem = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM
    )
    api_version, kind = REQUEST
    return api.create(
        {
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {"generateName": "node-csr-"},
            "spec": {"request": base64.b64encode(pem).decode(), "signerName": signer, "usages": list(usages)},
        }
    )


def answer(api: Api, request: Json) -> Json:
    """The condition that decided a request."""
    conditions: list[Json] = api.get(request)["status"]["conditions"]
    assert len(conditions) == 1
    return conditions[0]


def test_the_nodes_request_is_granted(join: Join, newcomer: Api) -> None:
    request = ask(newcomer)
    join.answer_requests()
    assert answer(newcomer, request)["type"] == "Approved"
    issued = wait_for("the certificate", lambda: newcomer.get(request)["status"].get("certificate"), 20)
    subject = x509.load_pem_x509_certificate(base64.b64decode(issued)).subject
    assert subject.rfc4514_string() == "CN=system:node:newcomer,O=system:nodes"
    assert join.approved == request["metadata"]["name"]


def test_the_same_token_joins_no_second_machine(join: Join, newcomer: Api) -> None:
    ask(newcomer)
    join.answer_requests()
    again = ask(newcomer)
    join.answer_requests()
    second = answer(newcomer, again)
    assert second["type"] == "Denied"
    assert second["message"] == f"the token was used already, for {join.approved}"


SUBJECT_ALTERNATIVE = x509.SubjectAlternativeName([x509.DNSName("kubernetes.default.svc")])
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another node's name": ({"name": "system:node:other"}, "the token is for node newcomer"),
    "no node's name": ({"name": "newcomer"}, "the token is for node newcomer"),
    "another group": ({"groups": ["system:masters"]}, "the token is for node newcomer"),
    "a second group": ({"groups": ["system:nodes", "system:masters"]}, "the token is for node newcomer"),
    "no group": ({"groups": []}, "the token is for node newcomer"),
    "a serving certificate": ({"usages": ["digital signature", "server auth"]}, "usages"),
    "one use more": ({"usages": [*USAGES, "server auth"]}, "usages"),
    "another signer": ({"signer": "kubernetes.io/kube-apiserver-client"}, "signer"),
    "a second name": ({"extra": [SUBJECT_ALTERNATIVE]}, "no extensions"),
}


@pytest.mark.parametrize(("fields", "reason"), REFUSED.values(), ids=REFUSED)
def test_any_other_request_is_denied_and_says_why(
    join: Join, newcomer: Api, fields: dict[str, Any], reason: str
) -> None:
    request = ask(newcomer, **fields)
    join.answer_requests()
    condition = answer(newcomer, request)
    assert condition["type"] == "Denied"
    assert reason in condition["message"]
    assert not join.approved


def test_a_refused_request_leaves_the_token_to_its_machine(join: Join, newcomer: Api) -> None:
    ask(newcomer, name="system:node:other")
    join.answer_requests()
    request = ask(newcomer)
    join.answer_requests()
    assert answer(newcomer, request)["type"] == "Approved"


def test_a_join_answers_to_its_own_token_alone(control_plane: ControlPlane, newcomer: Api) -> None:
    request = ask(newcomer)
    with Join(control_plane, "newcomer") as other:
        other.answer_requests()
    assert "conditions" not in newcomer.get(request)["status"]


@pytest.mark.parametrize("kind", ["Node", "Secret", "Pod"])
def test_its_holder_sees_nothing_else(newcomer: Api, kind: str) -> None:
    with pytest.raises(ApiError) as refused:
        newcomer.list("v1", kind)
    assert refused.value.status == 403


def test_its_holder_does_not_approve_itself(newcomer: Api) -> None:
    request = ask(newcomer)
    approval = [{"type": "Approved", "status": "True", "reason": "x", "message": "x"}]
    with pytest.raises(ApiError) as refused:
        newcomer.replace(request | {"status": {"conditions": approval}}, subresource="approval")
    assert refused.value.status == 403


def test_it_ends_with_the_join(control_plane: ControlPlane) -> None:
    with Join(control_plane, "newcomer") as join:
        api = control_plane.api.with_token(join.token)
        wait_for("the token to be known", lambda: [api.list(*REQUEST)], KNOWN_SECONDS)
    try:
        wait_for("the token to be unknown", lambda: _status_of(api) == 401, KNOWN_SECONDS)
    finally:
        api.close()


def _status_of(api: Api) -> int:
    try:
        api.list(*REQUEST)
    except ApiError as error:
        return error.status
    return 200
