"""Tokens: fetched in a thread, kept while good, and a failure to get one is an error of its class."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.auth import exceptions as typeless
from google.auth.credentials import Credentials
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from failover.gce.credentials import ApplicationDefault
from failover.gce.error import GceError
from failover.gce.provider import GceProvider
from failover.provider import ErrorClass, ProviderError
from tests.doubles.gce.connections import Connections
from tests.doubles.gce.double import GceDouble
from tests.doubles.gce.fault import Fault
from tests.services.failover.gce.attempt import attempt, settings

pytestmark = pytest.mark.asyncio
exceptions: Any = typeless


class Tokens(Credentials):
    """google-auth's credentials that count: `token-1`, `token-2`, ... `life` is seconds."""

    def __init__(self, life: float = 3600, *failures: Exception) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.life, self.failures, self.fetched = life, list(failures), 0
        self.gate = threading.Event()
        self.gate.set()

    def refresh(self, request: Any) -> None:
        del request
        self.gate.wait(5)
        self.fetched += 1
        if self.failures:
            raise self.failures.pop(0)
        self.token = f"token-{self.fetched}"
        # google-auth compares with a naive UTC time.
        self.expiry = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=self.life)


async def header(credentials: ApplicationDefault) -> str:
    return (await credentials.headers())["Authorization"]


async def test_a_token_is_fetched_once_while_it_is_good() -> None:
    tokens = Tokens()
    credentials = ApplicationDefault(lambda: tokens)
    assert {await header(credentials) for _ in range(3)} == {"Bearer token-1"}
    assert tokens.fetched == 1


async def test_calls_at_once_fetch_one_token() -> None:
    tokens = Tokens()
    tokens.gate.clear()
    credentials = ApplicationDefault(lambda: tokens)
    asyncio.get_running_loop().call_later(0.02, tokens.gate.set)
    assert set(await asyncio.gather(*(header(credentials) for _ in range(5)))) == {"Bearer token-1"}
    assert tokens.fetched == 1


async def test_fetching_does_not_block_the_loop() -> None:
    """It waits here for what only the loop can give."""
    tokens = Tokens()
    tokens.gate.clear()
    asking = asyncio.create_task(header(ApplicationDefault(lambda: tokens)))
    asyncio.get_running_loop().call_later(0.02, tokens.gate.set)
    assert await asyncio.wait_for(asking, 3) == "Bearer token-1"


async def test_one_about_to_expire_is_renewed() -> None:
    tokens = Tokens(60)
    credentials = ApplicationDefault(lambda: tokens)
    assert [await header(credentials) for _ in range(2)] == ["Bearer token-1", "Bearer token-2"]


async def test_one_about_to_expire_will_do_while_there_is_no_other() -> None:
    tokens = Tokens(60)
    credentials = ApplicationDefault(lambda: tokens)
    await header(credentials)
    tokens.failures = [exceptions.TransportError("unreachable")]
    assert await header(credentials) == "Bearer token-1"


async def test_a_source_that_gives_expired_tokens_is_an_error() -> None:
    with pytest.raises(GceError) as caught:
        await header(ApplicationDefault(lambda: Tokens(-60)))
    assert caught.value.error_class is ErrorClass.RETRY


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (exceptions.TransportError("unreachable"), ErrorClass.RETRY),
        (exceptions.RefreshError("busy", retryable=True), ErrorClass.RETRY),
        (exceptions.RefreshError("invalid_grant"), ErrorClass.DENIED),
        (exceptions.DefaultCredentialsError("none found"), ErrorClass.DENIED),
        (OSError("no such file"), ErrorClass.RETRY),
    ],
)
async def test_a_failure_has_its_class_and_is_tried_again(failure: Exception, expected: ErrorClass) -> None:
    tokens = Tokens(3600, failure)
    credentials = ApplicationDefault(lambda: tokens)
    with pytest.raises(ProviderError) as caught:
        await header(credentials)
    assert caught.value.error_class is expected
    assert await header(credentials) == "Bearer token-2"


async def test_a_token_that_the_api_refuses_is_replaced_at_once(double: GceDouble) -> None:
    tokens = Tokens()
    provider = GceProvider(settings(double), ApplicationDefault(lambda: tokens))
    await provider.get(attempt().place)
    double.fail(Fault(status=401, reason="authError"))
    assert await provider.get(attempt().place) is None
    await provider.close()
    sent = [call.authorization for call in double.server.calls]
    assert sent == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


async def test_a_source_that_gives_the_refused_token_again_is_believed() -> None:
    """The metadata server keeps a token until it nearly expires."""
    tokens = Tokens()
    credentials = ApplicationDefault(lambda: tokens)
    await header(credentials)
    credentials.discard()
    tokens.fetched = 0
    assert await header(credentials) == "Bearer token-1"


# The real google-auth, with stand-ins for what it asks.


async def test_a_workloads_identity_is_exchanged_for_a_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Workload identity federation, as a projected service-account token in a pod does it."""
    asked: list[dict[str, str]] = []

    async def exchange(request: Request) -> JSONResponse:
        asked.append(dict(part.split("=", 1) for part in (await request.body()).decode().split("&")))
        token = {"access_token": "federated", "token_type": "Bearer", "expires_in": 3600}
        return JSONResponse(token | {"issued_token_type": "urn:ietf:params:oauth:token-type:access_token"})

    source = Connections(Starlette(routes=[Route("/token", exchange, methods=["POST"])]))
    port = await source.open("127.0.0.1", 0)
    (tmp_path / "token").write_text("projected")
    configuration = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/home/providers/cluster",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"http://127.0.0.1:{port}/token",
        "credential_source": {"file": str(tmp_path / "token")},
        "universe_domain": "googleapis.com",
    }
    (tmp_path / "federation.json").write_text(json.dumps(configuration))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "federation.json"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "homeground-test")
    assert await header(ApplicationDefault()) == "Bearer federated"
    assert asked[0]["subject_token"] == "projected"
    await source.close()


async def test_the_metadata_server_is_asked_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(request: Request) -> JSONResponse:
        if request.url.path.endswith("/token"):
            body: Any = {"access_token": "from-metadata", "token_type": "Bearer", "expires_in": 3600}
        else:
            body = {"scopes": ["https://www.googleapis.com/auth/compute"], "email": "default", "aliases": []}
        return JSONResponse(body, headers={"Metadata-Flavor": "Google"})

    server = Connections(Starlette(routes=[Route("/{path:path}", answer)]))
    port = await server.open("127.0.0.1", 0)
    for name in ("GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_IP"):
        monkeypatch.setenv(name, f"127.0.0.1:{port}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "homeground-test")
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nonexistent")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    assert await header(ApplicationDefault()) == "Bearer from-metadata"
    await server.close()
