"""Who of several replicas acts, by a Lease. An optimisation: two of them may act at once, and nothing may rest on it.

A leader that is stopped for a minute still believes in itself when it goes on, and what it sent before may arrive
after its successor has begun. Safety is the preconditions of each write.

Time is measured as client-go does: by one's own monotonic clock, from when one saw the Lease change. The times in it
are for people; two clocks that disagree make no two leaders.
"""

import logging
import math
import random
from asyncio import Event
from collections.abc import Callable

from kubeclient import timestamp
from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.error import ApiError
from kubeclient.resources import LEASES, Json
from kubeclient.timeout import Timeout

LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS = 15.0, 10.0, 2.0
"""client-go's: how long a silent leader is waited for, how long one tries to renew, how often anybody tries."""

JITTER = 1.2
RELEASE_SECONDS = 2.0

log = logging.getLogger(__name__)


class Election:
    """One replica's part in it, under a name of its own, `identity`.

    `on_lost` is called when leadership ends before `run` is cancelled: the process is to exit then, since what it began
    as leader goes on. Cancelling `run` gives the Lease up, so that the next one need not wait.
    """

    def __init__(
        self,
        client: Client,
        clock: Clock,
        *,
        namespace: str,
        name: str,
        identity: str,
        on_lost: Callable[[], None],
        lease_seconds: float = LEASE_SECONDS,
        renew_seconds: float = RENEW_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        if not lease_seconds > renew_seconds > JITTER * retry_seconds > 0:
            raise ValueError("the Lease must outlive the tries to renew it, and these a single try")
        self.namespace, self.name, self.identity = namespace, name, identity
        self.elected = Event()
        self._client, self._clock, self._on_lost = client, clock, on_lost
        self._lease_seconds, self._renew_seconds, self._retry_seconds = lease_seconds, renew_seconds, retry_seconds
        self._lease: Json | None = None
        """Our own last write of it; None when somebody may have written since."""

        self._record: Json = {}
        self._seen_at = -math.inf
        self._leads_until = -math.inf

    @property
    def leading(self) -> bool:
        """Whether we lead now. Turns false by itself when time passes without a renewal, though nothing runs."""
        return self._clock.monotonic() < self._leads_until

    @property
    def holder(self) -> str:
        """Who leads, as far as is known; empty for nobody."""
        return str(self._record.get("holderIdentity") or "")

    async def run(self) -> None:
        """Wait to be elected, lead, and return when that is lost, after `on_lost`."""
        try:
            while not await self._try():
                await self._wait()
            log.info("%s leads", self.identity)
            self.elected.set()
            await self._keep()
        finally:
            self.elected.clear()
            await self._release()
        log.warning("%s leads no more; the Lease is %s's", self.identity, self.holder or "nobody")
        self._on_lost()

    async def _keep(self) -> None:
        """Renew, until another has the Lease or no renewal was answered in time."""
        while True:
            await self._wait()
            try:
                async with Timeout(self._clock, self._leads_until - self._clock.monotonic()):
                    while not await self._try():
                        if self.holder != self.identity:
                            return
                        await self._wait()
            except TimeoutError:
                return

    async def _try(self) -> bool:
        """Take or renew the Lease. An error is no: it is tried again soon."""
        begun = self._clock.monotonic()
        try:
            lease = self._lease or await self._read()
            if not self._may_take(lease):
                return False
            self._lease = None  # what becomes of it is unknown until the answer is here
            self._lease = await self._write(lease, self._held(lease))
        except ApiError as error:
            log.info("the Lease %s: %s", self.name, error)
            return False
        self._see(self._lease)
        self._leads_until = begun + self._renew_seconds
        return True

    async def _read(self) -> Json:
        """The Lease as it is; one that nobody holds when there is none."""
        lease = await self._client.find(LEASES, self.name, self.namespace)
        lease = lease or {"metadata": {"name": self.name, "namespace": self.namespace}, "spec": {}}
        self._see(lease)
        return lease

    def _see(self, lease: Json) -> None:
        """Its time begins anew whenever it changes, by our own clock."""
        names = ("holderIdentity", "renewTime", "acquireTime", "leaseTransitions")
        record = {name: lease["spec"].get(name) for name in (*names, "leaseDurationSeconds")}
        if record != self._record:
            self._record, self._seen_at = record, self._clock.monotonic()

    def _may_take(self, lease: Json) -> bool:
        """It is ours, nobody's, or its holder has been silent for longer than it promised to be."""
        if self.holder in ("", self.identity):
            return True
        promised = float(lease["spec"].get("leaseDurationSeconds") or self._lease_seconds)
        return self._clock.monotonic() >= self._seen_at + promised

    def _held(self, lease: Json) -> Json:
        """Its spec with us as holder from now on."""
        old: Json = lease["spec"]
        now = timestamp.to_microseconds(self._clock.now())
        held = {"holderIdentity": self.identity, "leaseDurationSeconds": round(self._lease_seconds), "renewTime": now}
        if old.get("holderIdentity") == self.identity:
            return old | held
        return old | held | {"acquireTime": now, "leaseTransitions": (old.get("leaseTransitions") or 0) + 1}

    async def _write(self, lease: Json, spec: Json) -> Json:
        """Raises ApiError when anybody wrote since `lease` was read."""
        own: Json = {"apiVersion": LEASES.api_version, "kind": LEASES.kind}
        if lease["metadata"].get("resourceVersion"):
            return await self._client.replace(LEASES, own | lease | {"spec": spec})
        return await self._client.create(LEASES, own | lease | {"spec": spec})

    async def _release(self) -> None:
        """Let it go at once, if it is ours. Whoever fails to runs out of it in `lease_seconds`."""
        held, self._leads_until = self.leading or self._lease is not None, -math.inf
        if not held:
            return
        try:
            async with Timeout(self._clock, RELEASE_SECONDS):
                lease = self._lease or await self._read()
                if lease["spec"].get("holderIdentity") == self.identity:
                    await self._write(lease, lease["spec"] | {"holderIdentity": "", "leaseDurationSeconds": 1})
        except (ApiError, TimeoutError) as error:
            log.info("the Lease %s was not given up: %s", self.name, error)

    async def _wait(self) -> None:
        await self._clock.sleep(self._retry_seconds * random.uniform(1, JITTER))
