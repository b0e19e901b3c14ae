"""Which requests may be signed: those of the kubelet of the attempt's own machine, and of no one else."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from failover.decision.observed import Request
from failover.signing_request import of, read, wrong
from tests.services.failover.certificate_request import (
    GROUPS,
    KUBELET,
    TOKEN,
    USAGES,
    VM,
    Json,
    item,
    name,
    pem,
    signed,
)

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)

RIGHT: dict[str, Json] = {
    "kubelet's own": item(KUBELET.encode()),
    "with a text of another kind": item(),  # Go takes PrintableString where it can, cryptography UTF8String
    "a larger curve": item(pem(signed(key=ec.generate_private_key(ec.SECP384R1()), algorithm=hashes.SHA384()))),
    "an RSA key": item(pem(signed(key=RSA)), usages=[*USAGES, "key encipherment"]),
    "an RSA key without its usage": item(pem(signed(key=RSA))),
    "usages in another order": item(usages=list(reversed(USAGES))),
    "CN before O": item(pem(signed(x509.Name(list(reversed(list(name()))))))),
    "without a last line break": item(pem().rstrip(b"\n")),
    "no status yet": {key: value for key, value in item().items() if key != "status"},
}


@pytest.mark.parametrize("request_", RIGHT.values(), ids=RIGHT)
def test_a_request_of_the_machines_kubelet_may_be_signed(request_: Json) -> None:
    assert wrong(TOKEN, VM, request_) == ""
    assert read(TOKEN, VM, request_) == Request(uid="u1", name="node-csr-1")


AROUND: dict[str, tuple[dict[str, Any], str]] = {
    "another token's holder": ({"username": "system:bootstrap:abc124"}, "requester"),
    "a token whose id begins the same": ({"username": f"system:bootstrap:{TOKEN}4"}, "requester"),
    "a node": ({"username": f"system:node:{VM}"}, "requester"),
    "upper case": ({"username": f"system:bootstrap:{TOKEN.upper()}"}, "requester"),
    "a token of kubeadm's group": ({"groups": ["system:bootstrappers"]}, "groups"),
    "the signer of any client": ({"signerName": "kubernetes.io/kube-apiserver-client"}, "signer"),
    "the signer of serving certificates": ({"signerName": "kubernetes.io/kubelet-serving"}, "signer"),
    "a serving usage": ({"usages": ["digital signature", "server auth"]}, "usages"),
    "a usage more": ({"usages": [*USAGES, "server auth"]}, "usages"),
    "a usage less": ({"usages": ["client auth"]}, "usages"),
    "a usage twice": ({"usages": [*USAGES, "client auth"]}, "usages"),
    "certificate signing": ({"usages": [*USAGES, "cert sign"]}, "usages"),
    "no usages": ({"usages": []}, "usages"),
    "usages as one text": ({"usages": "digital signature,client auth"}, "usages"),
    "usages that are none": ({"usages": [{}]}, "unreadable"),
}


@pytest.mark.parametrize(("spec", "why"), AROUND.values(), ids=AROUND)
def test_what_the_api_server_says_of_it_must_be_right(spec: dict[str, Any], why: str) -> None:
    assert why in wrong(TOKEN, VM, item(**spec))


@pytest.mark.parametrize("field", ["request", "signerName", "usages", "username", "groups"])
def test_a_request_without_a_field_is_unreadable(field: str) -> None:
    made = item()
    del made["spec"][field]
    assert "unreadable: KeyError" in wrong(TOKEN, VM, made)


@pytest.mark.parametrize("condition", ["Denied", "Failed"])
def test_one_that_was_decided_against_can_not_be_signed_any_more(condition: str) -> None:
    made = item() | {"status": {"conditions": [{"type": condition, "status": "True"}]}}
    assert wrong(TOKEN, VM, made) == f"already {condition.lower()}"


def test_an_approved_one_is_right_and_approved() -> None:
    made = item() | {"status": {"conditions": [{"type": "Approved", "status": "True"}]}}
    assert read(TOKEN, VM, made) == Request(uid="u1", name="node-csr-1", approved=True)


def test_a_wrong_one_says_why() -> None:
    made = item(pem(signed(name([f"system:node:{VM}0"]))))
    found = read(TOKEN, VM, made)
    assert not found.approved
    assert found.wrong == f"subject 'CN=system:node:{VM}0,O=system:nodes', but the token is for node {VM}"


def test_what_a_stranger_wrote_is_cut_and_escaped() -> None:
    long = x509.Name([*name(), *(x509.NameAttribute(NameOID.COMMON_NAME, "\n\x1b[31m" + "a" * 50) for _ in range(9))])
    why = wrong(TOKEN, VM, item(pem(signed(long))))
    assert len(why) < 220
    assert why.isprintable()


def test_only_requests_of_the_attempts_token_are_its_own_the_oldest_first() -> None:
    def made(uid: str, created: str, **spec: Any) -> Json:
        return item(**spec) | {"metadata": {"name": f"csr-{uid}", "uid": uid, "creationTimestamp": created}}

    items = [
        made("late", "2026-01-01T00:00:09Z", groups=list(GROUPS[:1])),
        made("early", "2026-01-01T00:00:01Z"),
        made("a node's renewal", "2026-01-01T00:00:00Z", username=f"system:node:{VM}"),
        made("another attempt's", "2026-01-01T00:00:00Z", username="system:bootstrap:zzz999"),
        made("nobody's", "2026-01-01T00:00:00Z", username=""),
    ]
    found = of(TOKEN, VM, items)
    assert [each.uid for each in found] == ["early", "late"]
    assert [bool(each.wrong) for each in found] == [False, True]


def test_the_same_request_is_wrong_for_another_machine() -> None:
    assert wrong(TOKEN, VM, item()) == ""
    assert "the token is for node fo-0123456789-2" in wrong(TOKEN, "fo-0123456789-2", item())


def test_a_node_name_as_long_as_kubernetes_takes_is_compared_too() -> None:
    longest = "n" * 52
    made = item(pem(signed(name([f"system:node:{longest}"]))))
    assert wrong(TOKEN, longest, made) == ""
    assert wrong(TOKEN, longest[:-1], made) != ""
