"""Names of machines and of what belongs to them: short, legal for the cloud and for Kubernetes, the same for ever."""

import hashlib

from failover.words import PREFIX

DIGITS = 10


def vm_name(uid: str, number: int) -> str:
    """A temporary machine's and its node's: of the record's uid, so that node names of any form and length do."""
    return f"{PREFIX}{hashlib.sha256(uid.encode()).hexdigest()[:DIGITS]}-{number}"
