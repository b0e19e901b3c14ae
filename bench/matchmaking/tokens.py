"""`python -m bench.matchmaking.tokens`: what a game server spends on a player's token, beside PyJWT alone.

Both check the same tokens with the same key in the same process, in turns. PyJWT is asked for what a careful user asks:
signature by a pinned algorithm, issuer, audience, and that the claims are there. Ours checks the nonce, the kind of
token, the types of all claims and that none is used twice besides.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jwt

from matchmaking.tokens import jwks
from matchmaking.tokens.keys import Keys
from matchmaking.tokens.verify import Verifier
from tests.services.matchmaking.tokens.forge import (
    GOOD,
    ISSUER,
    NAMESPACE,
    NONCE,
    NOW,
    SERVER,
    ed25519_pem,
    keys_in,
    pem,
    rsa_key,
    signed,
)

TOKENS, ROUNDS = 2000, 15
OPTIONS = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "require": ["exp", "nbf", "jti", "sub"]}
"""The tokens are of another day; comparing two numbers is not what is measured."""


def seconds(check: Callable[[str], object], tokens: list[str]) -> float:
    """CPU seconds for all of them."""
    begun = time.process_time()
    for token in tokens:
        check(token)
    return time.process_time() - begun


def ratios(keys: Keys) -> list[float]:
    """PyJWT's time over ours, a round each: above 1 ours is faster."""
    signing = keys.current.signing
    published = json.loads(jwks.document(keys.current).body)
    key = jwt.PyJWK(published["keys"][0])
    tokens = [signed(signing, GOOD | {"jti": str(number)}) for number in range(TOKENS)]

    def alone(token: str) -> object:
        return jwt.decode(
            token,
            key,
            algorithms=[signing.algorithm],
            audience=GOOD["aud"],
            issuer=ISSUER,
            options=OPTIONS,  # type: ignore[arg-type]
        )

    found = []
    for _ in range(ROUNDS + 1):
        server = Verifier(ISSUER, NAMESPACE, SERVER, NONCE, published)

        def ours(token: str, server: Verifier = server) -> object:
            return server.verify(token, NOW)

        found.append(seconds(alone, tokens) / seconds(ours, tokens))
    return found[1:]  # the first round warms up


def main() -> None:
    lines = ["| key | speed, PyJWT alone = 1 | range |", "| --- | --- | --- |"]
    for name, content in (("Ed25519 (EdDSA)", ed25519_pem()), ("RSA, 2048 bits (RS256)", pem(rsa_key()))):
        with tempfile.TemporaryDirectory() as folder:
            found = ratios(keys_in(Path(folder), key=content))
        lines.append(f"| {name} | {statistics.median(found):.2f} | {min(found):.2f}-{max(found):.2f} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
