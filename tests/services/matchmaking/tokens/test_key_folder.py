"""The folder of keys: rotated as Kubernetes exchanges a Secret, and refused when it can't be used."""

import json
from pathlib import Path

import jwt
import pytest

from matchmaking.tokens import jwks
from matchmaking.tokens.keys import Keys, KeysError, load, thumbprint
from matchmaking.tokens.verify import Verifier
from tests.services.matchmaking.tokens.forge import (
    GOOD,
    ISSUER,
    NAMESPACE,
    NONCE,
    NOW,
    SERVER,
    curve_pem,
    ed25519_pem,
    keys_in,
    pem,
    rsa_key,
    signed,
)


class Secret:
    """A mounted one: `..data` is a link to a folder, which is exchanged in one step."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._version = folder, 0

    def write(self, **files: bytes) -> None:
        self._version += 1
        whole = self.folder / f"..{self._version}"
        whole.mkdir()
        for name, content in files.items():
            (whole / name).write_bytes(content)
        (self.folder / "..new").symlink_to(whole.name)
        (self.folder / "..new").rename(self.folder / "..data")
        for name in files:
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to(f"..data/{name}")
        for link in [each for each in self.folder.iterdir() if each.is_symlink() and not each.exists()]:
            link.unlink()


def test_a_rotation_refuses_no_token(tmp_path: Path) -> None:
    """Verifiers fetch the keys after each step; tokens of the step before are still under way."""
    secret, old, new = Secret(tmp_path), ed25519_pem(), ed25519_pem()
    secret.write(old=old, signing=b"old\n")
    keys = Keys(tmp_path)
    verifier = Verifier(ISSUER, NAMESPACE, SERVER, NONCE, json.loads(jwks.document(keys.current).body))
    steps = [{"old": old, "new": new, "signing": b"old"}, {"old": old, "new": new, "signing": b"new"}, {"new": new}]
    first, signers = keys.current.signing.id, [keys.current.signing.id]
    for number, step in enumerate(steps):
        before = signed(keys.current.signing, GOOD | {"jti": f"before {number}"})
        secret.write(**step)
        after = signed(keys.current.signing, GOOD | {"jti": f"after {number}"})
        if number < 2:
            assert verifier.verify(before, NOW)
        assert verifier.verify(after, NOW), "with the keys of the step before"
        verifier.update(json.loads(jwks.document(keys.current).body))
        signers.append(keys.current.signing.id)
    assert signers[:2] == [first, first]
    assert signers[2] == signers[3] != first
    assert [key.id for key in keys.current.keys] == [signers[3]]


def test_a_bad_change_keeps_the_last_good_keys_and_says_why(tmp_path: Path) -> None:
    secret = Secret(tmp_path)
    secret.write(old=ed25519_pem())
    keys = Keys(tmp_path)
    before = keys.current
    secret.write(old=b"-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n")
    assert keys.current == before
    assert "old is no private key in PEM" in keys.error
    assert "nonsense" not in keys.error
    secret.write(old=ed25519_pem())
    assert keys.current != before
    assert keys.error == ""


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, "has no key: add a private key"),
        ({"signing": b"a"}, "has no key"),
        ({"a": b"hello"}, "a is no private key in PEM"),
        ({"a": pem(rsa_key(1024))}, "a is an RSA key of 1024 bits: at least 2048"),
        ({"a": curve_pem()}, "a is a key of a kind that is not offered"),
        ({"a": ed25519_pem(), "b": ed25519_pem()}, "signing is not there"),
        ({"a": ed25519_pem(), "signing": b"b"}, "signing names 'b', which is none of a"),
        ({"a": pem(rsa_key()), "b": pem(rsa_key()), "signing": b"b"}, "one key twice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_folder_that_cant_be_used_is_told(files: dict[str, bytes], complaint: str, tmp_path: Path) -> None:
    with pytest.raises(KeysError, match=complaint):
        keys_in(tmp_path, **files)


def test_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="No such file or directory: mount the Secret"):
        load(tmp_path / "nowhere")


def test_what_is_published_is_public_and_known_by_its_thumbprint(tmp_path: Path) -> None:
    keys = keys_in(tmp_path, a=ed25519_pem(), b=pem(rsa_key()), signing=b"a")
    made = jwks.document(keys.current)
    listed = {key["kid"]: key for key in json.loads(made.body)["keys"]}
    assert len(listed) == 2
    for key in listed.values():
        assert set(key) == {"kid", "alg", "use", "kty"} | ({"crv", "x"} if key["kty"] == "OKP" else {"n", "e"})
        assert jwt.PyJWK(key).key_id == key["kid"]
    assert jwks.document(keys.current).etag == made.etag
    assert "max-age=300" in made.cache_control


def test_the_thumbprint_is_rfc_8037s() -> None:
    """Appendix A.3."""
    known = {"crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(known) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
