"""Why a CertificateSigningRequest may not be signed. Whoever holds a token may ask for any certificate.

Kubernetes' own check (pkg/apis/certificates, ValidateKubeletClientCSR) takes any node's name, and the signer copies
subject and extensions into the certificate. So nothing passes here but what the kubelet of the one node sends
(pkg/kubelet/certificate/bootstrap, requestNodeCertificate): to the byte, where that can be told.
"""

import base64
import re
from collections.abc import Iterable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from failover.decision.observed import Request
from failover.token import GROUP

Json = dict[str, Any]
SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
ORGANIZATION = "system:nodes"
USAGES = {"digital signature", "client auth"}
RSA_USAGE = "key encipherment"
"""A kubelet with an RSA key asks for it too."""

LIMIT = 8192
"""Characters of `spec.request`. One of a 4096 bit key has 2,300; what is longer is not even decoded."""

SHOWN = 120
"""Characters of what a stranger wrote that a reason repeats."""

RSA_BITS = range(2048, 8193)
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

# One block and nothing around it. Go's decoder skips what it can't read and cryptography's takes the first block of
# the right kind, so of anything else the two might see different requests.
PEM = re.compile(
    r"-----BEGIN CERTIFICATE REQUEST-----\n((?:[A-Za-z0-9+/=]{1,76}\n)+)-----END CERTIFICATE REQUEST-----\n?"
)

COMMON_NAME_OID, ORGANIZATION_OID = bytes.fromhex("0603550403"), bytes.fromhex("060355040a")
SEQUENCE, SET = 0x30, 0x31
STRINGS = (0x13, 0x0C)
"""PrintableString, which Go writes, and UTF8String. The others are read differently by different readers."""


def requester(token_id: str) -> str:
    """Who the holder of a token is to the API server."""
    return f"system:bootstrap:{token_id}"


def of(token_id: str, vm_name: str, items: Iterable[Json]) -> tuple[Request, ...]:
    """The requests made with an attempt's token, the oldest first. Anybody else's are simply not ours.

    `items` are CertificateSigningRequest objects, whose `spec.username` and `spec.groups` the API server wrote.
    """
    ours = [each for each in items if each["spec"].get("username") == requester(token_id)]
    ours.sort(key=lambda each: (str(each["metadata"].get("creationTimestamp")), each["metadata"]["name"]))
    return tuple(read(token_id, vm_name, each) for each in ours)


def read(token_id: str, vm_name: str, item: Json) -> Request:
    """One request as a decision sees it."""
    conditions = {each.get("type") for each in (item.get("status") or {}).get("conditions") or ()}
    return Request(
        uid=item["metadata"]["uid"],
        name=item["metadata"]["name"],
        wrong=wrong(token_id, vm_name, item),
        approved="Approved" in conditions,
    )


def wrong(token_id: str, vm_name: str, item: Json) -> str:
    """Why it may not be signed; empty if it may.

    Whatever can't be read is a reason, not an error: the sender decides what comes in here.
    """
    try:
        return _wrong_around(token_id, item) or _wrong_inside(vm_name, item["spec"]["request"])
    except Exception as error:  # a parser that stumbles says that this is no kubelet's request
        return f"unreadable: {type(error).__name__}"


def _wrong_around(token_id: str, item: Json) -> str:
    """What the API server tells of it."""
    spec = item["spec"]
    conditions = [each["type"] for each in (item.get("status") or {}).get("conditions") or ()]
    if ended := {"Denied", "Failed"} & set(conditions):
        return f"already {min(ended).lower()}"
    if spec["username"] != requester(token_id):
        return f"requester {_shown(spec['username'])}"
    if GROUP not in spec["groups"]:
        return f"groups {_shown(spec['groups'])}"
    if spec["signerName"] != SIGNER:
        return f"signer {_shown(spec['signerName'])}"
    usages = spec["usages"]
    if set(usages) - {RSA_USAGE} != USAGES or len(set(usages)) != len(usages):
        return f"usages {_shown(usages)}"
    return ""


def _wrong_inside(vm_name: str, text: str) -> str:
    """What the requester itself says and signed."""
    if len(text) > LIMIT:
        return f"{len(text)} characters"
    pem = base64.b64decode(text, validate=True).decode("ascii")
    block = PEM.fullmatch(pem)
    if not block:
        return "not one PEM block of a certificate request"
    der = base64.b64decode(block[1].replace("\n", ""), validate=True)
    request = x509.load_der_x509_csr(der)  # raises ValueError for bytes behind the request, too
    if not der.endswith(b"\0" + request.signature):
        return "a signature of no whole number of bytes"  # Go shifts its bits, cryptography does not
    return (
        _wrong_subject(vm_name, request.subject)
        or ("it asks for extensions" if len(request.attributes) or len(request.extensions) else "")
        or _wrong_key(request)
    )


def _wrong_subject(vm_name: str, subject: x509.Name) -> str:
    """Compared as bytes: one CN and one O, each in a part of its own, in either order, and nothing else."""
    if subject.public_bytes() in _subjects(f"system:node:{vm_name}"):
        return ""
    return f"subject {_shown(subject.rfc4514_string())}, but the token is for node {vm_name}"


def _wrong_key(request: x509.CertificateSigningRequest) -> str:
    """Weak keys, and a key that its sender may not have."""
    key = request.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, CURVES):
            return f"curve {key.curve.name}"
    elif not isinstance(key, rsa.RSAPublicKey):
        return f"key of type {type(key).__name__}"
    elif key.key_size not in RSA_BITS:
        return f"an RSA key of {key.key_size} bits"
    if not isinstance(request.signature_hash_algorithm, HASHES):
        return "signed over a weak hash"
    return "" if request.is_signature_valid else "not signed with its own key"


def _subjects(name: str) -> set[bytes]:
    """Every encoding of the one subject that is right."""
    names = [_part(COMMON_NAME_OID, kind, name) for kind in STRINGS]
    organizations = [_part(ORGANIZATION_OID, kind, ORGANIZATION) for kind in STRINGS]
    pairs = [(one, other) for one in names for other in organizations]
    return {_der(SEQUENCE, first + second) for pair in pairs for first, second in (pair, pair[::-1])}


def _part(oid: bytes, kind: int, text: str) -> bytes:
    return _der(SET, _der(SEQUENCE, oid + _der(kind, text.encode("ascii"))))


def _der(tag: int, content: bytes) -> bytes:
    """Tag, length, content (X.690). Of contents up to 255 bytes: a node's name is shorter."""
    length = bytes([len(content)]) if len(content) < 0x80 else bytes([0x81, len(content)])
    return bytes([tag]) + length + content


def _shown(said: object) -> str:
    """A stranger's words, escaped and cut: they end up in Events and logs."""
    text = repr(said)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
