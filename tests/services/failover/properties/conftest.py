"""Files that settings name."""

import hashlib
from pathlib import Path

import pytest

import tests.properties.conftest  # noqa: F401 - how many examples


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a key that is the same each time, and so all that is derived from it."""
    made = tmp_path_factory.mktemp("settings")
    (made / "token-key").write_text(hashlib.sha256(b"tests").hexdigest())
    (made / "token-key").chmod(0o400)
    (made / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
    return made
