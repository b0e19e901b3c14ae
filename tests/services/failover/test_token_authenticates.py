"""A join token of ours on the real API server: who its holder is, what it may do, and that it ends."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from failover import signing_request, token
from failover.record import Attempt
from failover.token import GROUP, Key, Token
from tests.cluster.api import Api, ApiError, Json
from tests.cluster.control_plane import ControlPlane
from tests.cluster.wait import wait_for
from tests.services.failover.certificate_request import USAGES, item, name, pem, signed

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("control-plane")]

SECONDS = 40
"""The API server watches the Secrets, and remembers for ten seconds who a token's holder was."""

UID = "3f1c8a52-8a5e-4b1e-9d0e-0c8f6a1b2c3d"
REVIEW: Json = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {"name": "x"}}
REQUEST = ("certificates.k8s.io/v1", "CertificateSigningRequest")
BOOTSTRAPPER = "system:node-bootstrapper"
APPROVED_UNSEEN = "system:certificates.k8s.io:certificatesigningrequests:nodeclient"
"""What kubeadm binds to its group: the controller manager approves the requests of whoever has it."""


def binding(role: str, group: str = GROUP) -> Json:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{role}-{group}"},
        "roleRef": reference,
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
    }


BINDING = binding(BOOTSTRAPPER)


@pytest.fixture(scope="module")
def key() -> Key:
    """Of this run: tokens of an earlier one may be remembered."""
    return Key(os.urandom(32))


def attempt(number: int, ago: float = 0) -> Attempt:
    return Attempt(
        number=number,
        zone="asia-northeast1-b",
        machine_type="n2-standard-8",
        vm_name=f"fo-0123456789-{number}",
        request_id="r",
        requested_at=datetime.now(UTC) - timedelta(seconds=ago),
    )


def created(api: Api, key: Key, made: Attempt) -> tuple[Token, Json]:
    own = key.token(UID, made.number)
    return own, api.create(token.secret(own, UID, made, ttl=600))


@pytest.fixture
def holder(control_plane: ControlPlane, api: Api, key: Key) -> Iterator[tuple[Api, Token, Json]]:
    """The API as the holder of a token sees it, once it is known."""
    own, secret = created(api, key, attempt(1))
    joiner = control_plane.api.with_token(own.bearer)
    wait_for("the token to be known", lambda: joiner.create(REVIEW), SECONDS)
    yield joiner, own, secret
    joiner.close()
    api.delete(secret)


def asked(joiner: Api, vm: str, **spec: Any) -> Json:
    """Make a request as kubelet does; the object as the API server completed it."""
    request = item(pem(signed(name([f"system:node:{vm}"]))))["spec"]["request"]
    given = {"request": request, "signerName": signing_request.SIGNER, "usages": list(USAGES)} | spec
    api_version, kind = REQUEST
    return joiner.create(
        {"apiVersion": api_version, "kind": kind, "metadata": {"generateName": "node-csr-"}, "spec": given}
    )


def status(call: Callable[[], object]) -> int:
    """HTTP's, of a call."""
    try:
        call()
    except ApiError as error:
        return error.status
    return 200


def known(joiner: Api) -> int:
    """200 if the API server knows who this is, else 401."""
    return status(lambda: joiner.create(REVIEW))


def approved(api: Api, request: Json) -> bool:
    return any(each["type"] == "Approved" for each in api.get(request)["status"].get("conditions", ()))


def test_its_holder_is_in_our_group_and_in_no_other_that_could_be_bound(holder: tuple[Api, Token, Json]) -> None:
    joiner, own, _ = holder
    user = joiner.create(REVIEW)["status"]["userInfo"]
    assert user["username"] == signing_request.requester(own.id) == f"system:bootstrap:{own.id}"
    assert sorted(user["groups"]) == [
        "system:authenticated", "system:bootstrappers", "system:bootstrappers:homeground-failover"
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["Secret", "Node", "Pod", "ConfigMap"])
def test_its_holder_sees_nothing(holder: tuple[Api, Token, Json], kind: str) -> None:
    with pytest.raises(ApiError) as refused:
        holder[0].list("v1", kind)
    assert refused.value.status == 403


def test_only_the_binding_lets_it_ask_for_a_certificate(api: Api, holder: tuple[Api, Token, Json]) -> None:
    joiner, own, _ = holder
    api.delete(BINDING)
    wait_for("the refusal", lambda: status(lambda: asked(joiner, "fo-0123456789-1")) == 403, SECONDS)
    api.apply(BINDING)
    request = wait_for("the request", lambda: asked(joiner, "fo-0123456789-1"), SECONDS)
    (found,) = signing_request.of(own.id, "fo-0123456789-1", [request])
    assert (found.uid, found.wrong, found.approved) == (request["metadata"]["uid"], "", False)


def test_nobody_approves_it_unseen(api: Api, holder: tuple[Api, Token, Json]) -> None:
    """The controller manager does approve a later request, of somebody in a group like kubeadm's."""
    joiner, own, _ = holder
    group = "system:bootstrappers:kubeadms"
    for each in (BINDING, binding(BOOTSTRAPPER, group), binding(APPROVED_UNSEEN, group)):
        api.apply(each)
    ours = wait_for("the request", lambda: asked(joiner, "fo-0123456789-1"), SECONDS)
    theirs = api.as_("system:bootstrap:kubead", [group, "system:authenticated"])
    later = wait_for("the other request", lambda: asked(theirs, "fo-0123456789-9"), SECONDS)
    wait_for("its approval", lambda: approved(api, later), SECONDS)
    assert not approved(api, ours)
    (found,) = signing_request.of(own.id, "fo-0123456789-1", [api.get(ours)])
    assert (found.wrong, found.approved) == ("", False)


def test_what_the_api_server_takes_of_another_name_is_still_refused(api: Api, holder: tuple[Api, Token, Json]) -> None:
    joiner, own, _ = holder
    api.apply(BINDING)
    request = wait_for("the request", lambda: asked(joiner, "uc-k8s4p"), SECONDS)
    (found,) = signing_request.of(own.id, "fo-0123456789-1", [request])
    assert "the token is for node fo-0123456789-1" in found.wrong


def test_its_holder_can_not_pass_for_another_requester(api: Api, holder: tuple[Api, Token, Json]) -> None:
    """Who asked is the API server's word, whatever is in the body."""
    joiner, own, _ = holder
    api.apply(BINDING)
    lie = {"username": "system:bootstrap:other1", "groups": ["system:masters"]}
    request = wait_for("the request", lambda: asked(joiner, "fo-0123456789-1", **lie), SECONDS)
    assert request["spec"]["username"] == f"system:bootstrap:{own.id}"
    assert "system:masters" not in request["spec"]["groups"]


def test_a_second_write_of_it_meets_the_first(api: Api, key: Key, holder: tuple[Api, Token, Json]) -> None:
    _, own, secret = holder
    with pytest.raises(ApiError) as refused:
        created(api, key, attempt(1))
    assert (refused.value.status, refused.value.reason) == (409, "AlreadyExists")
    kept = api.get(secret)
    assert kept["metadata"]["labels"] == token.labels(UID, 1)
    assert kept["metadata"]["name"] == own.name


def test_it_is_refused_once_it_is_deleted(control_plane: ControlPlane, api: Api, key: Key) -> None:
    own, secret = created(api, key, attempt(2))
    joiner = control_plane.api.with_token(own.bearer)
    wait_for("the token to be known", lambda: joiner.create(REVIEW), SECONDS)
    api.delete(secret)
    wait_for("the token to be unknown", lambda: known(joiner) == 401, SECONDS)
    joiner.close()


def test_it_is_refused_and_removed_once_it_has_expired(control_plane: ControlPlane, api: Api, key: Key) -> None:
    """Should no operator live to delete it: the controller manager's TokenCleaner does."""
    own, secret = created(api, key, attempt(3, ago=601))
    joiner = control_plane.api.with_token(own.bearer)
    assert known(joiner) == 401
    wait_for("the Secret to go", lambda: api.find(secret) is None, SECONDS)
    assert known(joiner) == 401
    joiner.close()


def test_another_secret_of_the_same_id_is_not_taken(
    control_plane: ControlPlane, holder: tuple[Api, Token, Json]
) -> None:
    _, own, _ = holder
    thief = control_plane.api.with_token(f"{own.id}.{'0' * 16}")
    assert known(thief) == 401
    thief.close()
