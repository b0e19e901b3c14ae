"""A management controller and who asks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from failover.redfish import Redfish, RedfishTarget
from tests.cluster.authority import Authority
from tests.doubles.clock import VirtualClock
from tests.doubles.redfish import SYSTEM, Controller


@asynccontextmanager
async def asked(authority: Authority, credentials: Path, **fields: Any) -> AsyncIterator[tuple[Controller, Redfish]]:
    """Both. Time passes once nothing is on its way any more."""
    async with Controller(authority) as controller:
        given = {
            "url": controller.url,
            "system": SYSTEM,
            "credentialsFile": str(credentials),
            "caFile": str(authority.ca),
            "callSeconds": 20,
        }
        target = msgspec.convert(given | fields, RedfishTarget)
        yield controller, Redfish(target, VirtualClock(grace=0.05))
