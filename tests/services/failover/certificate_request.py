"""CertificateSigningRequest objects as the API server shows them: a kubelet's, and what a stranger may send."""

import base64
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from failover.signing_request import SIGNER

Json = dict[str, Any]
Hash = hashes.SHA224 | hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None
TOKEN, VM = "abc123", "fo-0123456789-1"
GROUPS = ("system:bootstrappers", "system:bootstrappers:homeground-failover", "system:authenticated")
USAGES = ("digital signature", "client auth")
KEY = ec.generate_private_key(ec.SECP256R1())

KUBELET = """-----BEGIN CERTIFICATE REQUEST-----
MIH5MIGfAgEAMD0xFTATBgNVBAoTDHN5c3RlbTpub2RlczEkMCIGA1UEAxMbc3lz
dGVtOm5vZGU6Zm8tMDEyMzQ1Njc4OS0xMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
QgAEkJ9lAVKgyF98WySppfNfdMWiT3BhN5izNRY/dDget6F4N1eBit/xM2diVWeY
l+PGimVJ04R63ET/diofkAmCO6AAMAoGCCqGSM49BAMCA0kAMEYCIQCkEGoYs90Q
NdjlVGGB0rkJdNZVbi880srcnYIsvSCawQIhAPVALINuDr/JY4uDyOjjboorbs3x
beQiH2rJ06cGJbPv
-----END CERTIFICATE REQUEST-----
"""
"""Written by Go 1.27, with what kubelet 1.35 gives it (client-go/util/cert/csr.go)."""

ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


def name(
    common_names: Sequence[str] = (f"system:node:{VM}",), organizations: Sequence[str] = ("system:nodes",)
) -> x509.Name:
    """A subject in kubelet's order: O, then CN."""
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, each) for each in organizations]
    return x509.Name([*parts, *(x509.NameAttribute(NameOID.COMMON_NAME, each) for each in common_names)])


def signed(
    subject: x509.Name | None = None,
    key: Any = KEY,
    algorithm: Hash = hashes.SHA256(),  # noqa: B008
    extensions: Sequence[x509.ExtensionType] = (),
    password: bytes = b"",
) -> x509.CertificateSigningRequest:
    """What is in the PEM block, signed with its own key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name() if subject is None else subject)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    if password:
        builder = builder.add_attribute(x509.oid.AttributeOID.CHALLENGE_PASSWORD, password)
    return builder.sign(key, algorithm)


def pem(request: x509.CertificateSigningRequest | None = None) -> bytes:
    return (request or signed()).public_bytes(Encoding.PEM)


def armoured(der: bytes) -> bytes:
    """Any bytes as a PEM block of a certificate request."""
    text = base64.b64encode(der).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE REQUEST-----", *lines, "-----END CERTIFICATE REQUEST-----", ""]).encode()


def resigned(part: bytes, other: bytes) -> bytes:
    """DER of a request in which these bytes are others, with a signature that fits: what no builder would build.

    They are to be as many; for more or fewer all lengths around them would have to change.
    """
    assert len(part) == len(other)
    body = signed().tbs_certrequest_bytes
    assert body.count(part) == 1
    body = body.replace(part, other)
    signature = KEY.sign(body, ec.ECDSA(hashes.SHA256()))
    bits = bytes([0x03, len(signature) + 1, 0]) + signature
    content = body + ECDSA_SHA256 + bits
    return bytes([0x30, 0x81, len(content)]) + content


def item(content: bytes | str | None = None, **spec: Any) -> Json:
    """The object. `content` as bytes is PEM; text goes into `spec.request` as it is."""
    encoded = content if isinstance(content, str) else base64.b64encode(pem() if content is None else content).decode()
    given = {
        "request": encoded,
        "signerName": SIGNER,
        "usages": list(USAGES),
        "username": f"system:bootstrap:{TOKEN}",
        "groups": list(GROUPS),
    }
    metadata = {"name": "node-csr-1", "uid": "u1", "creationTimestamp": "2026-01-01T00:00:00Z"}
    return {"metadata": metadata, "spec": given | spec, "status": {}}
