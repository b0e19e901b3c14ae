"""Addresses that stand for many, and the certificate: what players meet before any route."""

import asyncio
import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from limits.aio.storage import MemoryStorage

from matchmaking.api import server
from matchmaking.api.app import create_app
from matchmaking.api.limiter import Limiter
from matchmaking.api.server import Listen, TlsError, serve
from matchmaking.settings import Limits
from tests.services.matchmaking.api.ground import ground

pytestmark = pytest.mark.asyncio
FEW = Limits(per_address="2/minute", per_relay="4/minute")


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("203.0.113.7", 2),
        ("::ffff:203.0.113.7", 2),
        ("2001:db8::1", 2),
        ("", 2),
        ("10.244.3.0", 4),
        ("::ffff:10.244.3.0", 4),
    ],
)
async def test_a_relay_has_a_limit_of_its_own(host: str, allowed: int) -> None:
    limiter = Limiter(MemoryStorage(), FEW, ["10.244.0.0/16"])
    assert [await limiter.hit_from(host) is None for _ in range(6)] == [True] * allowed + [False] * (6 - allowed)


async def test_one_address_in_two_spellings_is_one() -> None:
    limiter = Limiter(MemoryStorage(), FEW, ["10.244.0.0/16"])
    for host in ("203.0.113.7", "::ffff:203.0.113.7"):
        assert await limiter.hit_from(host) is None
    assert await limiter.hit_from("203.0.113.7") is not None


def certify(folder: Path, serial: int) -> None:
    """tls.crt and tls.key for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "play.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), serial, now, now + datetime.timedelta(days=1))
    pem = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    folder.mkdir(exist_ok=True)
    (folder / "tls.crt").write_bytes(pem)
    (folder / "tls.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


async def serial_of(port: int) -> int:
    """Of the certificate that a client is shown now."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(shown).serial_number


async def test_a_renewed_certificate_is_shown_and_a_broken_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "RENEWAL_SECONDS", 0.01)
    folder = tmp_path / "tls"
    certify(folder, 1)
    async with ground(tmp_path) as place:
        app = create_app(place.desk, MemoryStorage())
        async with serve(app, Listen("127.0.0.1", tls=folder)) as port:
            assert await serial_of(port) == 1
            certify(folder, 2)
            await until(port, 2)
            (folder / "tls.crt").write_text("broken")
            await asyncio.sleep(0.1)
            assert await serial_of(port) == 2
            certify(folder, 3)
            await until(port, 3)


async def until(port: int, serial: int) -> None:
    async with asyncio.timeout(10):
        while await serial_of(port) != serial:
            await asyncio.sleep(0.01)


async def test_without_a_certificate_nothing_is_served(tmp_path: Path) -> None:
    async with ground(tmp_path) as place:
        with pytest.raises(TlsError, match=r"tls\.crt and tls\.key can't be used"):
            async with serve(create_app(place.desk, MemoryStorage()), Listen("127.0.0.1", tls=tmp_path)):
                pass
