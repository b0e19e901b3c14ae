"""What a thief of a token may put into a request: none of it is signed, and none of it raises."""

import base64
import time
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from failover.signing_request import RSA_BITS, wrong
from tests.services.failover.certificate_request import (
    KEY,
    KUBELET,
    TOKEN,
    VM,
    Hash,
    armoured,
    item,
    name,
    pem,
    resigned,
    signed,
)

NODE = f"system:node:{VM}"
DER = signed().public_bytes(Encoding.DER)
POINT = PublicFormat.UncompressedPoint
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
CN, GROUP, UNIT = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME


def why(request: bytes | str) -> str:
    """Why this is not signed. The sender would get everything else right."""
    return wrong(TOKEN, VM, item(request))


def attribute(oid: ObjectIdentifier, text: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(oid, text)


def in_one_part(*attributes: x509.NameAttribute[str]) -> x509.Name:
    return x509.Name([x509.RelativeDistinguishedName(attributes)])


SUBJECTS: dict[str, x509.Name] = {
    "another node": name(["system:node:uc-k8s4p"]),
    "a node whose name begins the same": name([f"{NODE}0"]),
    "the beginning of its name": name([NODE[:-1]]),
    "no node": name([VM]),
    "an administrator": name(["kubernetes-admin"], ["system:masters"]),
    "its own name in another case": name([NODE.upper()]),
    "a space behind": name([f"{NODE} "]),
    "a letter that looks the same": name([NODE.replace("o", "\N{CYRILLIC SMALL LETTER O}")]),
    "a zero byte": name([f"{NODE}\0"]),
    "a second name before": name(["system:node:other", NODE]),
    "a second name behind": name([NODE, "system:node:other"]),
    "its name twice": name([NODE, NODE]),
    "no name": name([]),
    "no group": name(organizations=[]),
    "an administrators' group": name(organizations=["system:masters"]),
    "a second group before": name(organizations=["system:masters", "system:nodes"]),
    "a second group behind": name(organizations=["system:nodes", "system:masters"]),
    "its group twice": name(organizations=["system:nodes", "system:nodes"]),
    "both groups in one text": name(organizations=["system:nodes,system:masters"]),
    "an organizational unit": x509.Name([*name(), attribute(UNIT, "x")]),
    "name and group in one part": in_one_part(attribute(GROUP, "system:nodes"), attribute(CN, NODE)),
    "name and group exchanged": name(["system:nodes"], [NODE]),
    "nothing": x509.Name([]),
}


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_no_subject_but_the_one(subject: x509.Name) -> None:
    assert "the token is for node" in why(pem(signed(subject)))


def test_a_second_name_in_the_part_of_the_first_is_seen() -> None:
    part = x509.RelativeDistinguishedName([attribute(CN, NODE), attribute(CN, "system:node:other")])
    subject = x509.Name([x509.RelativeDistinguishedName([attribute(GROUP, "system:nodes")]), part])
    assert "the token is for node" in why(pem(signed(subject)))


# T61String, BMPString, IA5String, VisibleString: the text reads the same here, and maybe not elsewhere.
@pytest.mark.parametrize("kind", [0x14, 0x1E, 0x16, 0x1A])
def test_a_name_in_another_kind_of_string_is_another_subject(kind: int) -> None:
    head = bytes([0x0C, len(NODE)])
    request = armoured(resigned(head + NODE.encode(), bytes([kind, len(NODE)]) + NODE.encode()))
    assert why(request).startswith(("subject", "unreadable"))


def test_such_bytes_alone_are_not_what_it_is_refused_for() -> None:
    head = bytes([0x0C, len(NODE)]) + NODE.encode()
    assert why(armoured(resigned(head, bytes([0x13]) + head[1:]))) == ""  # PrintableString, as Go writes it


EXTENSIONS: dict[str, x509.ExtensionType] = {
    "a DNS name": x509.SubjectAlternativeName([x509.DNSName("kubernetes.default.svc")]),
    "no name at all": x509.SubjectAlternativeName([]),
    "an authority": x509.BasicConstraints(ca=True, path_length=None),
    "no authority": x509.BasicConstraints(ca=False, path_length=None),
    "a server's use": x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]),
    "one that nobody knows": x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
}


@pytest.mark.parametrize("extension", EXTENSIONS.values(), ids=EXTENSIONS)
def test_no_extension(extension: x509.ExtensionType) -> None:
    assert why(pem(signed(extensions=[extension]))) == "it asks for extensions"


def test_no_attribute_either() -> None:
    assert why(pem(signed(password=b"x"))) == "it asks for extensions"


WEAK: dict[str, tuple[Any, Hash, str]] = {
    "1024 bits": (rsa.generate_private_key(65537, 1024), hashes.SHA256(), "an RSA key of 1024 bits"),
    "Ed25519": (ed25519.Ed25519PrivateKey.generate(), None, "key of type Ed25519PublicKey"),
    "DSA": (dsa.generate_private_key(2048), hashes.SHA256(), "key of type DSAPublicKey"),
    "bitcoin's curve": (ec.generate_private_key(ec.SECP256K1()), hashes.SHA256(), "curve secp256k1"),
    "a curve of 192 bits": (ec.generate_private_key(ec.SECP192R1()), hashes.SHA256(), "curve secp192r1"),
    "a hash of 224 bits": (ec.generate_private_key(ec.SECP256R1()), hashes.SHA224(), "signed over a weak hash"),
}


@pytest.mark.parametrize(("key", "algorithm", "expected"), WEAK.values(), ids=WEAK)
def test_no_weak_key(key: Any, algorithm: Hash, expected: str) -> None:
    assert why(pem(signed(key=key, algorithm=algorithm))) == expected


def test_2047_bits_are_too_few_and_2048_enough() -> None:
    assert 2047 not in RSA_BITS
    assert 2048 in RSA_BITS


def test_somebody_elses_key_is_not_taken() -> None:
    """The public key of a machine that runs already, in a request that its sender can't have signed."""
    der = bytearray(DER)
    der[-1] ^= 1
    assert why(armoured(bytes(der))) in {"not signed with its own key", "unreadable: ValueError"}
    own, other = (each.public_key().public_bytes(Encoding.X962, POINT) for each in (KEY, OTHER_KEY))
    swapped = DER.replace(own, other)
    assert swapped != DER
    assert why(armoured(swapped)) == "not signed with its own key"


KUBELETS_BLOCK = KUBELET.encode()
KEY_BLOCK = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
MALFORMED: dict[str, bytes | str] = {
    "nothing": b"",
    "text": b"hello",
    "DER without PEM": DER,
    "half of it": pem()[: len(pem()) // 2],
    "two requests": pem() + KUBELETS_BLOCK,
    "the same one twice": KUBELETS_BLOCK * 2,
    "another block before": KEY_BLOCK + pem(),
    "another block behind": pem() + KEY_BLOCK,
    "text before": b"hello\n" + pem(),
    "text behind": pem() + b"hello\n",
    "a space behind": pem() + b" ",
    "an older name of the block": pem().replace(b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST"),
    "a certificate's block": pem().replace(b"CERTIFICATE REQUEST", b"CERTIFICATE"),
    "headers in the block": pem().replace(b"QUEST-----\n", b"QUEST-----\nProc-Type: 4,ENCRYPTED\n\n", 1),
    "line breaks of Windows": pem().replace(b"\n", b"\r\n"),
    "an empty line inside": pem().replace(b"\n", b"\n\n", 2),
    "bytes behind the request": armoured(DER + b"\x00"),
    "another request behind the request": armoured(DER + DER),
    "an empty request": armoured(b""),
    "a length without end": armoured(b"\x30\x84\xff\xff\xff\xff"),
    "deep nesting": armoured(b"\x30\x80" * 1500),
    "base64 without its padding": base64.b64encode(pem() + b"\n").decode().rstrip("="),
    "base64 with spaces": " ".join(base64.b64encode(pem()).decode()),
    "base64 of URLs": base64.b64encode(pem()).decode().replace("L", "-"),
    "no ASCII": "\u0416" * 40,
    "bytes that are no text": b"\xff\xfe" * 40,
}


@pytest.mark.parametrize("request_", MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_one_clean_request_is_refused(request_: bytes | str) -> None:
    assert why(request_).startswith(("not one PEM block", "unreadable"))


@pytest.mark.parametrize("request_", [None, 5, [], {}, True], ids=repr)
def test_what_is_no_text_is_refused(request_: object) -> None:
    assert "unreadable" in wrong(TOKEN, VM, item(request=request_))


def test_a_giant_is_not_even_decoded() -> None:
    began = time.process_time()
    assert why("A" * 10_000_000) == "10000000 characters"
    assert time.process_time() - began < 0.1


def test_no_bit_of_a_good_request_may_be_another() -> None:
    """All of them: subject, key, signature, lengths."""
    for position in range(len(DER) * 8):
        der = bytearray(DER)
        der[position // 8] ^= 1 << position % 8
        assert why(armoured(bytes(der))), position


def test_a_signature_shifted_by_a_bit_is_another() -> None:
    """One in two signatures ends in a bit that is 0, and may be said to end before it."""
    even = next(der for der in (signed().public_bytes(Encoding.DER) for _ in range(100)) if not der[-1] & 1)
    length = len(x509.load_der_x509_csr(even).signature)
    assert even[-length - 1] == 0
    assert why(armoured(even[: -length - 1] + b"\x01" + even[-length:])) == "a signature of no whole number of bytes"


@given(st.binary(max_size=400), st.integers(0, len(DER)), st.integers(0, len(DER)))
@settings(max_examples=300, deadline=None)
def test_no_splice_of_a_good_request_passes_or_raises(inserted: bytes, start: int, end: int) -> None:
    der = DER[:start] + inserted + DER[max(start, end) :]
    assert bool(why(armoured(der))) == (der != DER)
