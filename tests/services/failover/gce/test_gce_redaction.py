"""The join token is in the machine's metadata, and nowhere else: no message, no repr, no log."""

import logging
import traceback
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from failover.gce.provider import GceProvider
from failover.gce.redaction import HIDDEN, redacted
from failover.provider import ProviderError
from tests.doubles.gce import fault
from tests.doubles.gce.connections import Connections
from tests.doubles.gce.double import GceDouble
from tests.doubles.gce.fault import Fault
from tests.services.failover.gce.attempt import KEY, PASSWORD, TOKEN, Connect, attempt, settings

SECRET = TOKEN.partition(".")[2]
"""The half that must not be known."""


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f"join with {TOKEN} now", f"join with {HIDDEN} now"),
        (
            f"Invalid value for field 'resource.metadata.items[0].value': 'a: {TOKEN}\\nit's'. Value is too large.",
            f"Invalid value for field 'resource.metadata.items[0].value': {HIDDEN}. Value is too large.",
        ),
        ("Invalid value for field 'metadata.items[0].value': 'cut off in the mid", "Invalid value for field "),
        (
            "The resource 'projects/p/zones/z/instances/fo-1' was not found",
            "The resource 'projects/p/zones/z/instances",
        ),
        ("nothing secret", "nothing secret"),
    ],
)
def test_messages_lose_tokens_and_values_of_metadata_and_nothing_else(message: str, expected: str) -> None:
    shown = redacted(message)
    assert shown.startswith(expected)
    assert SECRET not in shown
    assert "mid" not in shown


def test_values_that_are_no_token_are_removed_too_longest_first() -> None:
    assert redacted("a password-1 and password", ["password", "password-1", ""]) == f"a {HIDDEN} and {HIDDEN}"


def test_a_message_has_an_end() -> None:
    assert len(redacted("x" * 10_000)) < 1000


def test_a_request_does_not_show_its_metadata() -> None:
    assert SECRET not in repr(attempt())
    assert KEY not in repr(attempt())


QUOTING = [
    Fault(status=400, reason="invalid", message=f"Invalid value: {TOKEN}"),
    Fault(status=503, message=f"while reading {attempt().metadata[KEY]} and {PASSWORD}"),
    Fault(status=403, reason="forbidden", message=f"not with {TOKEN}"),
    fault.failed_operation("INVALID_FIELD_VALUE", 400, f"metadata: {attempt().metadata[KEY]}"),
    fault.failed_operation("INTERNAL_ERROR", 500, f"{TOKEN} {PASSWORD}"),
    fault.dropped(),
    fault.garbled(),
    fault.slow_answer(0.3),
]


@pytest.mark.asyncio
@pytest.mark.parametrize("struck", QUOTING)
async def test_no_failure_of_an_insert_shows_it(
    double: GceDouble, connect: Connect, struck: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    double.fail(struck)
    await _insert_fails(connect(settings(double, call_seconds=0.2)))
    assert not secrets_in(caplog.text)


@pytest.mark.asyncio
async def test_a_value_that_gce_refuses_and_quotes_is_not_shown(provider: GceProvider) -> None:
    too_long = {KEY: f"{TOKEN} " * 20_000}
    request = replace(attempt(), metadata=too_long)
    with pytest.raises(ProviderError) as caught:
        await provider.insert(request)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert "Value is too large" in str(caught.value)


@pytest.mark.asyncio
async def test_start_up_data_does_not_follow_a_redirect(double: GceDouble, connect: Connect) -> None:
    """A portal in between may answer with one, and the body would go along."""

    async def portal(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{double.url}{request.url.path}", 307)

    between = Connections(Starlette(routes=[Route("/{path:path}", portal, methods=["GET", "POST"])]))
    port = await between.open("127.0.0.1", 0)
    api = f"http://127.0.0.1:{port}/compute/v1"
    await _insert_fails(connect(replace(settings(double), api=api)))
    await between.close()
    assert double.server.calls == []


@pytest.mark.asyncio
async def test_nothing_of_a_machines_life_logs_it(
    double: GceDouble, provider: GceProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await provider.insert(attempt())
    shown = repr(await provider.list()) + repr(await provider.get(attempt().place))
    double.fail(fault.failed_operation("INTERNAL_ERROR", 500, f"{TOKEN} {PASSWORD}", method="instances.setMetadata"))
    with pytest.raises(ProviderError) as caught:
        await provider.clear_metadata(attempt().place, (KEY,))
    shown += "".join(traceback.format_exception(caught.value))
    await provider.clear_metadata(attempt().place, (KEY,))
    await provider.delete(attempt().place, "7b0f9c0e-3a51-4d0a-9d9c-0b8f6f3c2d11")
    assert not secrets_in(shown + caplog.text)


async def _insert_fails(provider: GceProvider) -> None:
    with pytest.raises(ProviderError) as caught:
        await provider.insert(attempt())
    error = caught.value
    chain = "".join(traceback.format_exception(error))
    assert not secrets_in(f"{error} {error!r} {error.message} {error.args} {vars(error)} {chain}")


def secrets_in(text: str) -> list[str]:
    return [secret for secret in (SECRET, PASSWORD) if secret in text]
