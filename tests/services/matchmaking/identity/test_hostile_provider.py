"""Answers of a provider that must change nothing: the keys stay as they were, and it is asked again."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from aiohttp import web

from tests.doubles.clock import VirtualClock
from tests.services.matchmaking.identity.ground import (
    asked_in_between,
    eventually,
    failed,
    heard,
    is_known,
    knowing,
    refused,
    token,
)
from tests.services.matchmaking.identity.provider import DISCOVERY, KEYS, Handler, Provider, serving
from tests.services.matchmaking.identity.signer import signer

pytestmark = pytest.mark.asyncio

OLD, NEW = signer(id="old"), signer(id="new")
LARGE = 262_144


class Case(NamedTuple):
    title: str
    path: str
    answer: Callable[[Provider], Handler]
    error: str


def says(body: Any, status: int = 200, **headers: str) -> Callable[[Provider], Handler]:
    """`{address}` in a text is the provider's own."""

    def made(provider: Provider) -> Handler:
        text = body if isinstance(body, bytes | str) else json.dumps(body)
        raw = text.replace("{address}", provider.address).encode() if isinstance(text, str) else text
        given = {
            name.replace("_", "-"): value.replace("{address}", provider.address) for name, value in headers.items()
        }

        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(body=raw, status=status, headers=given)

        return answer

    return made


def streams(send: Callable[[web.StreamResponse], Awaitable[None]], **headers: str) -> Callable[[Provider], Handler]:
    """An answer that goes on."""

    def made(_: Provider) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={name.replace("_", "-"): value for name, value in headers.items()})
            await response.prepare(request)
            await send(response)
            return response

        return answer

    return made


async def _endless(response: web.StreamResponse) -> None:
    try:
        while True:
            await response.write(b" " * 65_536)
    except ConnectionError:
        return


async def _broken_off(response: web.StreamResponse) -> None:
    await response.write(b'{"keys": [')
    assert response._req is not None
    assert response._req.transport is not None
    response._req.transport.close()


GOOD = {"keys": [NEW.jwk()]}
ELSEWHERE = {"issuer": "{address}", "jwks_uri": "{address}/elsewhere"}


def found(**changed: Any) -> Callable[[Provider], Handler]:
    return says(ELSEWHERE | changed)


CASES = [
    Case("keys: an error", KEYS, says(GOOD, 500), "HTTP 500"),
    Case("keys: not there", KEYS, says(GOOD, 404), "HTTP 404"),
    Case("keys: nothing new", KEYS, says(b"", 304), "HTTP 304"),
    Case("keys: half an answer", KEYS, says(GOOD, 206), "HTTP 206"),
    Case("keys: elsewhere", KEYS, says(GOOD, 302, Location="{address}/elsewhere"), "HTTP 302"),
    Case("keys: elsewhere for good", KEYS, says(GOOD, 308, Location="{address}/elsewhere"), "HTTP 308"),
    Case("keys: nothing", KEYS, says(b""), "no key set"),
    Case("keys: a page", KEYS, says(b"<html>"), "no key set"),
    Case("keys: not UTF-8", KEYS, says(b'{"keys": ["\xff"'), "no key set"),
    Case("keys: a list", KEYS, says([]), "no key set"),
    Case("keys: an object without any", KEYS, says({}), "no key set"),
    Case("keys: an object of keys", KEYS, says({"keys": {}}), "no key set"),
    Case("keys: deep", KEYS, says(b'{"keys": ' + b"[" * 100_000), "no key set"),
    Case("keys: packed, unasked", KEYS, says(b"\x1f\x8b" * 100, Content_Encoding="gzip"), "no key set"),
    Case("keys: large", KEYS, says(json.dumps(GOOD | {"x": "x" * LARGE})), "more than 262144 bytes"),
    Case("keys: endless", KEYS, streams(_endless), "more than 262144 bytes"),
    Case("keys: broken off", KEYS, streams(_broken_off, Content_Length="1000"), "no answer"),
    Case("discovery: an error", DISCOVERY, says(ELSEWHERE, 503), "HTTP 503"),
    Case("discovery: elsewhere", DISCOVERY, says("", 301, Location="{address}/elsewhere"), "HTTP 301"),
    Case("discovery: a page", DISCOVERY, says(b"<html>"), "malformed"),
    Case("discovery: deep", DISCOVERY, says(b'{"x": ' + b"[" * 100_000), "recursion"),
    Case("discovery: large", DISCOVERY, says(b" " * LARGE + b"{}"), "more than 262144 bytes"),
    Case("discovery: another issuer", DISCOVERY, found(issuer="https://evil.example"), "is of the issuer"),
    Case("discovery: an issuer with a slash", DISCOVERY, found(issuer="{address}/"), "is of the issuer"),
    Case("discovery: no issuer", DISCOVERY, says({"jwks_uri": "{address}/elsewhere"}), "issuer"),
    Case("discovery: no keys", DISCOVERY, says({"issuer": "{address}"}), "jwks_uri"),
    Case("discovery: keys a list", DISCOVERY, found(jwks_uri=["{address}/elsewhere"]), "jwks_uri"),
    Case("discovery: keys in plain text", DISCOVERY, found(jwks_uri="http://192.0.2.1/keys"), "not https"),
    Case("discovery: keys in a file", DISCOVERY, found(jwks_uri="file:///elsewhere"), "not https"),
    Case("discovery: keys nowhere", DISCOVERY, found(jwks_uri="https://"), "not https"),
    Case("discovery: keys at no address", DISCOVERY, found(jwks_uri="https://[::1"), "not https"),
    Case("discovery: keys at an endless name", DISCOVERY, found(jwks_uri=f"https://{'x' * 300}/"), "no answer"),
    Case("discovery: keys at no port", DISCOVERY, found(jwks_uri="https://localhost:99999/"), "no answer"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
async def test_the_keys_stay_as_they_were(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    clock = VirtualClock(by_hand=True)
    async with serving(OLD) as provider, knowing(provider, clock) as oidc:
        await heard(oidc)
        provider.signers = [NEW]
        provider.answers[case.path] = case.answer(provider)
        await clock.advance(3600)
        wait = await failed(caplog, 1)
        assert case.error in oidc.error
        assert is_known(oidc, token(provider, OLD, clock))
        assert refused(oidc, token(provider, NEW, clock)) == "unknown key"
        assert not provider.asked["/elsewhere"], "it is led nowhere"
        provider.answers.clear()
        await clock.advance(wait)
        await heard(oidc)
        assert is_known(oidc, token(provider, NEW, clock))
        assert refused(oidc, token(provider, OLD, clock)) == "unknown key"


@pytest.mark.parametrize("begun", [False, True])
async def test_an_answer_that_never_ends_is_given_up(begun: bool) -> None:
    clock = VirtualClock(by_hand=True)
    async with serving(OLD) as provider, knowing(provider, clock) as oidc:
        await heard(oidc)

        async def nothing(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            if begun:
                await response.prepare(request)
                await response.write(b'{"keys": [')
            await provider.forgotten.wait()
            return response

        provider.answers[KEYS] = nothing
        await clock.advance(3600)
        await eventually(lambda: provider.asked[KEYS] == 2)
        await clock.advance(4.9)
        assert not oidc.error
        await clock.advance(0.1)
        await eventually(lambda: oidc.error)
        assert is_known(oidc, token(provider, OLD, clock))


async def test_who_withdraws_all_keys_is_believed() -> None:
    clock = VirtualClock(by_hand=True)
    async with serving(OLD) as provider, knowing(provider, clock) as oidc:
        await heard(oidc)
        provider.signers = []
        await clock.advance(3600)
        await heard(oidc)
        assert refused(oidc, token(provider, OLD, clock)) == "unknown key"


async def test_a_provider_that_fails_is_asked_ever_more_seldom_whoever_knocks(caplog: pytest.LogCaptureFixture) -> None:
    clock = VirtualClock(by_hand=True)
    async with serving(OLD) as provider, knowing(provider, clock) as oidc:
        await heard(oidc)
        provider.answers[KEYS] = says(b"", 500)(provider)
        await clock.advance(3600)
        for failures in range(1, 12):
            wait, longest = await failed(caplog, failures), min(60, 2 ** (failures - 1))
            assert longest / 2 <= wait <= longest
            assert refused(oidc, NEW.sign({})) == "unknown key"
            await clock.advance(wait * 0.99)
            assert await asked_in_between(provider, clock) == 1 + failures
            await clock.advance(wait * 0.01 + 0.001)
