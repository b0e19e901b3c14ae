"""Keys of an OpenID Connect provider, and ID tokens by them, whatever they say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.doubles.clock import START
from tests.services.matchmaking.tokens.forge import part, rsa_key

AUDIENCE = "homeground"
NOW = int(START.timestamp())
ALGORITHMS = ("RS256", "ES256", "EdDSA")
MADE: dict[str, Callable[[], Any]] = {
    "RS256": rsa_key,
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
WRITTEN: dict[str, Callable[[Any], dict[str, Any]]] = {
    "RS256": lambda public: RSAAlgorithm.to_jwk(public, as_dict=True),
    "ES256": lambda public: ECAlgorithm.to_jwk(public, as_dict=True),
    "EdDSA": lambda public: OKPAlgorithm.to_jwk(public, as_dict=True),
}


@dataclass(frozen=True)
class Signer:
    """One key, as its provider has it."""

    id: str
    algorithm: str
    private: Any

    def jwk(self, **changed: Any) -> dict[str, Any]:
        """As it is published; a member that is changed to None is left out."""
        public = WRITTEN[self.algorithm](self.private.public_key())
        return _given({**public, "kid": self.id, "alg": self.algorithm, "use": "sig"} | changed)

    def sign(self, content: Any, **header: Any) -> str:
        """A header that is None is left out."""
        head = part(_given({"alg": self.algorithm, "kid": self.id, "typ": "JWT"} | header))
        signed = f"{head}.{part(content)}"
        by = jwt.get_algorithm_by_name(self.algorithm)
        return f"{signed}.{part(by.sign(signed.encode(), self.private))}"


@cache
def signer(algorithm: str = "ES256", id: str = "first") -> Signer:
    """The same for the same `id`, RSA keys apart: one is made for all, since that takes its time."""
    return Signer(id, algorithm, MADE[algorithm]())


def claims(issuer: str, now: float = NOW, **changed: Any) -> dict[str, Any]:
    """Of a token that is accepted; a claim that is changed to None is left out."""
    times = {"iat": int(now), "exp": int(now) + 300}
    return _given({"iss": issuer, "aud": AUDIENCE, "sub": "anna", **times} | changed)


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
