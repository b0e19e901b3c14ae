"""The approval of one CertificateSigningRequest, known by its uid."""

import logging
from datetime import datetime

from kubeclient.client import Client
from kubeclient.resources import CERTIFICATE_SIGNING_REQUESTS
from kubeclient.timestamp import to_seconds

APPROVAL = {
    "type": "Approved",
    "status": "True",
    "reason": "FailoverJoin",
    "message": "the one request of an attempt on record",
}

log = logging.getLogger(__name__)


async def approve(client: Client, name: str, uid: str, now: datetime) -> None:
    """Nothing is done to another request of that name, nor twice to one. Raises ApiError."""
    request = await client.get(CERTIFICATE_SIGNING_REQUESTS, name)
    if request["metadata"]["uid"] != uid:
        log.warning("%s is another signing request now", name)
        return
    status = request.get("status") or {}
    known = status.get("conditions", ())
    if any(each["type"] == APPROVAL["type"] for each in known):
        return  # by a look before, of which the watch has yet to tell
    approval = APPROVAL | {"lastUpdateTime": to_seconds(now), "lastTransitionTime": to_seconds(now)}
    approved = request | {"status": status | {"conditions": [*known, approval]}}
    await client.replace(CERTIFICATE_SIGNING_REQUESTS, approved, subresource="approval")
