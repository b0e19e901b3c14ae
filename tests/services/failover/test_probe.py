"""What a probe takes for life, for silence and for neither; and how long it may take to say so."""

import asyncio
import errno
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
import pytest

from failover.decision.observed import Probe
from failover.probe import Darkness, Endpoint, Prober, ProbeSettings, connect
from kubeclient.clock import SystemClock
from tests.doubles.clock import VirtualClock

HOME, PUBLIC, CANARY, OTHER = "10.240.0.40", "163.220.236.54", "10.10.0.1", "192.0.2.1"
UNREACHABLE = OSError(errno.EHOSTUNREACH, "No route to host")
NO_NETWORK = OSError(errno.ENETUNREACH, "Network is unreachable")
REFUSED, RESET = ConnectionRefusedError(errno.ECONNREFUSED, "refused"), ConnectionResetError(errno.ECONNRESET, "reset")
NEVER = "never"
Answer = Exception | float | str
"""What a connection ends in: an error at once, success after so many seconds, or nothing ever."""


class Network:
    """Answers by host: one for all tries, or one each, the last one for ever. Keeps (time, host, port) of each."""

    def __init__(self, clock: VirtualClock, answers: dict[str, Answer | list[Answer]]) -> None:
        self._clock, self._answers = clock, answers
        self.tries: list[tuple[float, str, int]] = []
        self.open = 0

    async def connect(self, host: str, port: int) -> None:
        given = self._answers.get(host, NEVER)
        before = sum(each[1:] == (host, port) for each in self.tries)
        answer = given[min(before, len(given) - 1)] if isinstance(given, list) else given
        self.tries.append((self._clock.monotonic(), host, port))
        self.open += 1
        try:
            if isinstance(answer, Exception):
                raise answer
            await self._clock.sleep(answer if isinstance(answer, float) else 10**6)
        finally:
            self.open -= 1

    def times(self, host: str) -> list[float]:
        return [moment for moment, each, _ in self.tries if each == host]


WITH_PUBLIC = ProbeSettings(public_ports=(443,))
WITH_CANARY = ProbeSettings(canaries=(Endpoint(CANARY, 443),))
WITH_BOTH = ProbeSettings(public_ports=(443, 8443), canaries=(Endpoint(CANARY, 443), Endpoint(OTHER, 53)))

# Seconds of the answer, and what it is.
CASES: dict[str, tuple[ProbeSettings, dict[str, Answer | list[Answer]], Probe, float]] = {
    "kubelet answers": (ProbeSettings(), {HOME: 0.02}, Probe.ANSWERS, 0.02),
    "kubelet answers late, but in time": (ProbeSettings(), {HOME: 0.9}, Probe.ANSWERS, 0.9),
    "kubelet is gone, the machine is not": (ProbeSettings(), {HOME: REFUSED}, Probe.ANSWERS, 0),
    "a reset is an answer": (ProbeSettings(), {HOME: RESET}, Probe.ANSWERS, 0),
    "the third try is answered": (ProbeSettings(), {HOME: [NEVER, NEVER, 0.5]}, Probe.ANSWERS, 2.5),
    "only the public way leads there": (WITH_PUBLIC, {PUBLIC: 0.1}, Probe.ANSWERS, 0.1),
    "only the public way leads there, and is closed": (WITH_PUBLIC, {PUBLIC: REFUSED}, Probe.ANSWERS, 0),
    "nobody answers": (WITH_PUBLIC, {}, Probe.SILENT, 3),
    "the kernel gives up first": (ProbeSettings(), {HOME: TimeoutError(errno.ETIMEDOUT, "")}, Probe.SILENT, 2),
    "the last router does not hear it": (ProbeSettings(), {HOME: UNREACHABLE}, Probe.SILENT, 2),
    "too late": (ProbeSettings(), {HOME: 1.1}, Probe.SILENT, 3),
    "nobody answers but the canary": (WITH_CANARY, {CANARY: 0.1}, Probe.SILENT, 3),
    "a canary refuses": (WITH_CANARY, {CANARY: REFUSED}, Probe.SILENT, 3),
    "one canary of two": (WITH_BOTH, {OTHER: 0.1}, Probe.SILENT, 3),
    "nobody at all": (WITH_CANARY, {}, Probe.UNKNOWN, 3),
    "the canary can't be reached": (WITH_CANARY, {CANARY: UNREACHABLE}, Probe.UNKNOWN, 3),
    "a dead canary is nobody's business while the machine lives": (WITH_CANARY, {HOME: 0.1}, Probe.ANSWERS, 0.1),
    "no network": (ProbeSettings(), {HOME: NO_NETWORK}, Probe.UNKNOWN, 2),
    "no network one way": (WITH_PUBLIC, {PUBLIC: NO_NETWORK}, Probe.UNKNOWN, 3),
    "no network, and a canary answers": (WITH_CANARY, {HOME: NO_NETWORK, CANARY: 0.1}, Probe.UNKNOWN, 2),
    "no network at first": (ProbeSettings(), {HOME: [NO_NETWORK, NEVER]}, Probe.SILENT, 3),
    "no more sockets": (ProbeSettings(), {HOME: OSError(errno.EMFILE, "")}, Probe.UNKNOWN, 2),
    "a policy of ours forbids it": (ProbeSettings(), {HOME: PermissionError(errno.EPERM, "")}, Probe.UNKNOWN, 2),
    "a name that does not resolve": (ProbeSettings(), {HOME: socket.gaierror(-2, "")}, Probe.UNKNOWN, 2),
    "no name at all": (ProbeSettings(), {HOME: UnicodeError("label too long")}, Probe.UNKNOWN, 2),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("settings", "answers", "expected", "seconds"), CASES.values(), ids=CASES)
async def test_a_probe_says_what_it_heard_within_its_bound(
    settings: ProbeSettings, answers: dict[str, Answer | list[Answer]], expected: Probe, seconds: float
) -> None:
    clock = VirtualClock()
    network = Network(clock, answers)
    assert await Prober(settings, clock, network.connect).probe(HOME, PUBLIC) is expected
    assert clock.monotonic() == pytest.approx(seconds)
    assert seconds <= settings.bound
    assert network.open == 0
    await clock.settle()
    assert clock.sleepers == 0
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [NEVER, UNREACHABLE], ids=["silence", "unreachable"])
async def test_the_tries_are_spread_over_the_bound(answer: Answer) -> None:
    """A machine's address is looked for again each time: three tries in a moment would be one."""
    clock = VirtualClock()
    network = Network(clock, {HOME: answer})
    await Prober(ProbeSettings(tries=4, bound=2), clock, network.connect).probe(HOME)
    assert network.times(HOME) == pytest.approx([0, 0.5, 1.0, 1.5])


@pytest.mark.asyncio
async def test_every_port_is_asked_at_once() -> None:
    clock = VirtualClock()
    network = Network(clock, {})
    await Prober(msgspec.structs.replace(WITH_BOTH, tries=1), clock, network.connect).probe(HOME, PUBLIC)
    assert sorted(network.tries) == sorted(
        [(0, HOME, 10250), (0, PUBLIC, 443), (0, PUBLIC, 8443), (0, CANARY, 443), (0, OTHER, 53)]
    )


@pytest.mark.asyncio
async def test_a_machine_without_a_public_endpoint_is_asked_at_home_alone() -> None:
    clock = VirtualClock()
    network = Network(clock, {})
    assert await Prober(WITH_PUBLIC, clock, network.connect).probe(HOME) is Probe.SILENT
    assert {host for _, host, _ in network.tries} == {HOME}


@pytest.mark.asyncio
async def test_without_an_address_nothing_is_known() -> None:
    clock = VirtualClock()
    assert await Prober(WITH_PUBLIC, clock, Network(clock, {}).connect).probe("") is Probe.UNKNOWN


@pytest.mark.asyncio
async def test_a_probe_that_is_given_up_leaves_nothing_behind() -> None:
    clock = VirtualClock(by_hand=True)
    network = Network(clock, {})
    probing = asyncio.create_task(Prober(WITH_BOTH, clock, network.connect).probe(HOME, PUBLIC))
    await clock.settle()
    assert network.open == 5
    probing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probing
    assert network.open == 0


# Real sockets


@contextmanager
def listening() -> Iterator[int]:
    """A port that takes connections, like kubelet's."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def closed() -> Iterator[int]:
    """A port that the machine refuses: bound, so that nobody else gets it, and not listened on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def silent() -> Iterator[int]:
    """A port that drops what comes: as many connections as it holds wait already, and nobody takes them."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("port", "expected"), [(listening, Probe.ANSWERS), (closed, Probe.ANSWERS), (silent, Probe.SILENT)]
)
async def test_real_sockets_say_the_same(port: Any, expected: Probe) -> None:
    with port() as number:
        settings = ProbeSettings(kubelet_port=number, bound=0.6 if expected is Probe.SILENT else 30)
        began = time.monotonic()
        assert await Prober(settings, SystemClock()).probe("127.0.0.1") is expected
        assert time.monotonic() - began < 10


@pytest.mark.asyncio
async def test_a_real_connection_sends_nothing_and_ends() -> None:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        await connect("127.0.0.1", server.getsockname()[1])
        taken, _ = await loop.sock_accept(server)
        with taken:
            taken.setblocking(False)
            assert await asyncio.wait_for(loop.sock_recv(taken, 1), 10) == b""


@pytest.mark.parametrize(
    "fields", [{"tries": 0}, {"bound": 0}, {"kubeletPort": 0}, {"publicPorts": [70000]}, {"canary": []}], ids=str
)
def test_settings_that_can_not_be_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, ProbeSettings)


# How long it has been dark


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(by_hand=True)


async def noted(clock: VirtualClock, dark: Darkness, probe: Probe, every: float, times: int) -> None:
    for _ in range(times):
        await clock.advance(every)
        dark.note(probe)


@pytest.mark.asyncio
async def test_darkness_is_counted_from_the_first_silence_to_the_last(clock: VirtualClock) -> None:
    dark = Darkness(clock, gap=15)
    assert dark.seconds == 0
    await noted(clock, dark, Probe.SILENT, every=5, times=1)
    assert dark.seconds == 0
    await noted(clock, dark, Probe.SILENT, every=5, times=1440)
    assert dark.seconds == 7200
    await clock.advance(4)
    assert dark.seconds == 7200


@pytest.mark.asyncio
@pytest.mark.parametrize("word", [Probe.ANSWERS, Probe.UNKNOWN])
async def test_a_word_ends_it_and_so_does_deafness(clock: VirtualClock, word: Probe) -> None:
    dark = Darkness(clock, gap=15)
    await noted(clock, dark, Probe.SILENT, every=5, times=100)
    dark.note(word)
    assert dark.seconds == 0
    await noted(clock, dark, Probe.SILENT, every=5, times=3)
    assert dark.seconds == 10


@pytest.mark.asyncio
async def test_a_word_in_another_way_ends_it(clock: VirtualClock) -> None:
    dark = Darkness(clock, gap=15)
    await noted(clock, dark, Probe.SILENT, every=5, times=100)
    dark.heard()
    assert dark.seconds == 0


@pytest.mark.asyncio
async def test_silences_between_which_nobody_listened_are_not_one(clock: VirtualClock) -> None:
    dark = Darkness(clock, gap=15)
    await noted(clock, dark, Probe.SILENT, every=15, times=10)
    assert dark.seconds == 135
    await clock.advance(15.5)
    assert dark.seconds == 0  # nobody has listened lately
    dark.note(Probe.SILENT)
    assert dark.seconds == 0
    await noted(clock, dark, Probe.SILENT, every=5, times=2)
    assert dark.seconds == 10
