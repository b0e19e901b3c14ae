"""Whether a home machine lives, asked past Kubernetes: a silent Lease alone says little.

A TCP connection to kubelet's port and to the machine's public endpoint, so over both ways that lead there. A refused
connection is an answer: something at that address lives. Nothing said means little from here either, if nobody else
can be heard: canaries tell a deaf operator from a silent machine.
"""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Iterable
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from failover.decision.observed import Probe
from kubeclient.clock import Clock
from kubeclient.timeout import Timeout

Port = Annotated[int, Meta(ge=1, le=65535)]
Connect = Callable[[str, int], Awaitable[None]]
"""Connects to a host and port, and lets go at once. Raises OSError, as a socket does."""

GONE = (errno.EHOSTUNREACH, errno.EHOSTDOWN)
"""What the last router says of a machine that it does not hear. Other errors are of our own side, or of the way."""


class Endpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """Where something should answer."""

    host: str
    port: Port


class ProbeSettings(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How machines are asked."""

    kubelet_port: Port = 10250
    public_ports: tuple[Port, ...] = ()
    """TCP ports of a public endpoint. Only such as are the machine's own: a router that refuses in its stead would
    have it live for ever."""

    canaries: tuple[Endpoint, ...] = ()
    """What answers as long as our own network works, best one on each way. One that answers is enough."""

    tries: Annotated[int, Meta(ge=1)] = 3
    bound: Annotated[float, Meta(gt=0)] = 3
    """Seconds, for all of it. Each try has its share."""


class Word(Enum):
    """What one endpoint said."""

    ALIVE = "alive"
    NOTHING = "nothing"
    DEAF = "deaf"
    """The question did not leave, so that nothing came back says nothing."""


async def connect(host: str, port: int) -> None:
    """A real connection, ended at once: no byte is sent."""
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, host, port)
    transport.abort()


class Prober:
    """Asks machines. Safe to use for many at once."""

    def __init__(self, settings: ProbeSettings, clock: Clock, connect: Connect = connect) -> None:
        self._settings, self._clock, self._connect = settings, clock, connect

    async def probe(self, address: str, public: str = "") -> Probe:
        """Ask a machine at its address in the cluster and at its public one, within the bound. Never raises.

        As soon as one answers, it lives. Silence counts only if every question left, and a canary answered.
        """
        settings = self._settings
        machine = [Endpoint(address, settings.kubelet_port)] if address else []
        machine += [Endpoint(public, port) for port in settings.public_ports if public]
        canaries = asyncio.create_task(self._first_alive(settings.canaries))
        try:
            word = await self._first_alive(machine) if machine else Word.DEAF
            if word is Word.ALIVE:
                return Probe.ANSWERS
            hearing = not settings.canaries or await canaries is Word.ALIVE
            return Probe.SILENT if word is Word.NOTHING and hearing else Probe.UNKNOWN
        finally:
            canaries.cancel()
            await asyncio.gather(canaries, return_exceptions=True)

    async def _first_alive(self, endpoints: Iterable[Endpoint]) -> Word:
        """ALIVE as soon as one is; else NOTHING, if all were asked in vain."""
        asked = [asyncio.create_task(self._ask(endpoint)) for endpoint in endpoints]
        words = set[Word]()
        try:
            for answer in asyncio.as_completed(asked):
                words.add(await answer)
                if Word.ALIVE in words:
                    return Word.ALIVE
            return Word.DEAF if Word.DEAF in words else Word.NOTHING
        finally:
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def _ask(self, endpoint: Endpoint) -> Word:
        """Some tries, evenly over the bound: what fails at once is not asked thrice in a moment."""
        share = self._settings.bound / self._settings.tries
        end = self._clock.monotonic()
        for number in range(self._settings.tries):
            if number:
                await self._clock.sleep(end - self._clock.monotonic())
            end += share
            word = await self._once(endpoint, end - self._clock.monotonic())
            if word is Word.ALIVE:
                break
        return word

    async def _once(self, endpoint: Endpoint, seconds: float) -> Word:
        try:
            async with Timeout(self._clock, seconds):
                await self._connect(endpoint.host, endpoint.port)
        except TimeoutError:  # ours, or the kernel's ETIMEDOUT
            return Word.NOTHING
        except (ConnectionRefusedError, ConnectionResetError):
            return Word.ALIVE
        except (OSError, ValueError) as error:  # ValueError: a host that can't be one
            return Word.NOTHING if getattr(error, "errno", None) in GONE else Word.DEAF
        return Word.ALIVE


class Darkness:
    """How long, without a break, nobody has had a word from a machine: the weakest evidence that it is dead.

    Counted from silence to silence, as probed: what passed since the last one is not known yet. Whatever is not
    silence ends it, deafness of our own too, since the machine may have spoken then.
    """

    def __init__(self, clock: Clock, gap: float) -> None:
        """Silences further apart than `gap` seconds are not of one darkness: nobody listened in between."""
        self._clock, self._gap = clock, gap
        self._since: float | None = None
        self._last = 0.0

    def note(self, probe: Probe) -> None:
        """What a probe found."""
        if probe is not Probe.SILENT:
            self.heard()
            return
        now = self._clock.monotonic()
        if self._since is None or now - self._last > self._gap:
            self._since = now
        self._last = now

    def heard(self) -> None:
        """A word came in another way: its Lease moved, its node is Ready, a game server of it spoke."""
        self._since = None

    @property
    def seconds(self) -> float:
        """0 when there is none, or nobody has listened for longer than the gap."""
        if self._since is None or self._clock.monotonic() - self._last > self._gap:
            return 0.0
        return self._last - self._since
