"""Whether a machine has power, asked of its management controller by Redfish (DMTF DSP0266, ComputerSystem).

What has no power plays no match: this is evidence, where silence is none. So a reading is either a clear "Off" of the
very system that was asked for, or it is nothing: an error, a controller on its way down with the machine, a state on
its way to off. Optionally the power is cut first, and then read.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from failover.redfish_session import RedfishError, RedfishSession, opened
from kubeclient.clock import Clock, SystemClock

log = logging.getLogger(__name__)
Json = dict[str, Any]
Seconds = Annotated[float, Meta(gt=0)]
TYPE = re.compile(r"#ComputerSystem\.v\d+_\d+_\d+\.ComputerSystem")
RESET, FORCE_OFF = "#ComputerSystem.Reset", "ForceOff"
POLL_SECONDS = 1.0
ACCEPTED = (200, 202, 204)
"""What a reset is answered with. It says that somebody will try."""


class RedfishTarget(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The management controller of one home node."""

    url: Annotated[str, Meta(pattern=r"\Ahttps://[^\s/?#@]+\Z")]
    """Without a path. Credentials go there, so never in the clear."""

    system: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._~-]+\Z")]
    """Its id below /redfish/v1/Systems."""

    credentials_file: str
    """Mounted: JSON with `username` and `password`. Read anew each time, so it may be replaced."""

    authentication: Literal["basic", "session"] = "basic"
    ca_file: str = ""
    """Mounted: PEM of the authority (or of the controller's own certificate) to believe instead of the
    system's."""

    uuid: str = ""
    """What the system must say that it is, if given: a typing error must not declare another machine dead."""

    fence: bool = False
    """Whether its power may be cut."""

    call_seconds: Seconds = 5
    fence_seconds: Seconds = 30
    """How long it is read after its power was cut. An answer to the cut itself is no evidence."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read. Only `off` is evidence of anything; `said` is for people."""

    off: bool
    said: str


def asking(target: RedfishTarget, clock: Clock | None = None) -> Callable[[], Awaitable[bool]]:
    """How to ask whether a machine is off: True is evidence, False is none. What was said instead is logged."""
    controller = Redfish(target, clock or SystemClock())

    async def ask() -> bool:
        reading = await controller.power()
        log.log(logging.WARNING if reading.off else logging.INFO, "power of %s: %s", target.url, reading.said)
        return reading.off

    return ask


class Redfish:
    """One management controller. A connection of its own for each question: they are rare, and controllers small."""

    def __init__(self, target: RedfishTarget, clock: Clock) -> None:
        self.target, self._clock = target, clock
        self._path = f"/redfish/v1/Systems/{target.system}"

    async def power(self) -> Reading:
        """Read the power state. Never raises: what can't be read is no evidence."""
        try:
            async with self._session() as session:
                return self._reading(await self._system(session))
        except RedfishError as error:
            return Reading(False, str(error))

    async def fence(self) -> Reading:
        """Cut the power, if that is allowed here, and read until it is off or the time is over. Never raises."""
        if not self.target.fence:
            return Reading(False, "its power may not be cut")
        try:
            async with self._session() as session:
                system = await self._system(session)
                reading = self._reading(system)
                return reading if reading.off else await self._cut(session, self._reset(system))
        except RedfishError as error:
            return Reading(False, str(error))

    async def _cut(self, session: RedfishSession, action: str) -> Reading:
        end = self._clock.monotonic() + self.target.fence_seconds
        status, said = 0, "not read"
        try:
            status, _, _ = await session.call("POST", action, {"ResetType": FORCE_OFF})
        except RedfishError as error:  # no answer: it may have been carried out
            said = str(error)
        if status and status not in ACCEPTED:
            raise RedfishError(f"{FORCE_OFF}: HTTP {status}")
        while self._clock.monotonic() < end:
            try:
                reading = self._reading(await self._system(session))
                if reading.off:
                    return reading
                said = reading.said
            except RedfishError as error:
                said = str(error)
            await self._clock.sleep(POLL_SECONDS)
        return Reading(False, f"{said}, {self.target.fence_seconds:g} s after {FORCE_OFF}")

    async def _system(self, session: RedfishSession) -> Json:
        """The ComputerSystem, and no other resource or machine."""
        status, _, body = await session.call("GET", self._path)
        if status != 200:
            raise RedfishError(f"HTTP {status}")
        try:
            system = msgspec.json.decode(body, type=Json)
        except msgspec.DecodeError:
            raise RedfishError("not a JSON object") from None
        kind, identity, uuid = (str(system.get(key)) for key in ("@odata.type", "@odata.id", "UUID"))
        if not TYPE.fullmatch(kind):
            raise RedfishError(f"not a ComputerSystem: {kind[:60]!r}")
        if identity.rstrip("/") != self._path:
            raise RedfishError(f"another resource: {identity[:60]!r}")
        if self.target.uuid and uuid.lower() != self.target.uuid.lower():
            raise RedfishError(f"another machine: its UUID is {uuid[:60]!r}")
        return system

    def _reading(self, system: Json) -> Reading:
        """PoweringOff, Paused, null and what newer versions may say are not off."""
        state = system.get("PowerState")
        return Reading(state == "Off", str(state)[:60])

    def _reset(self, system: Json) -> str:
        """Where a reset is sent: the resource says it, but only to a place below itself."""
        try:
            action = system["Actions"][RESET]
            path = str(action["target"])
            allowed = action.get("ResetType@Redfish.AllowableValues", [FORCE_OFF])
        except (KeyError, TypeError, AttributeError):
            raise RedfishError("it has no reset") from None
        if not re.fullmatch(re.escape(self._path) + r"/Actions/[A-Za-z.]+/?", path):
            raise RedfishError(f"a reset that is another resource's: {path[:60]!r}")
        if FORCE_OFF not in allowed:
            raise RedfishError(f"{FORCE_OFF} is not among its resets")
        return path

    def _session(self) -> AbstractAsyncContextManager[RedfishSession]:
        target = self.target
        lasting = target.authentication == "session"
        return opened(target.url, Path(target.credentials_file), target.ca_file, lasting, target.call_seconds)
