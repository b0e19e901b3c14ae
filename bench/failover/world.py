"""The worlds that all contestants are put into. Something befalls a machine there, and everything else is the same."""

import msgspec

from failover.simulation.scenario import Scenario

BEFALLS_AT = 120.0
WATCHED = 780.0
"""Seconds from then to the end."""

OPERATION = 8.0
"""Seconds of a boot that are the cloud's: from insert until the machine runs."""


def scenario(
    boot: float, *, what: str = "die", renew: float = 10, suspect_after: float = 25, restart: float = 40
) -> Scenario:
    """Two full nodes with four servers each, two of which are played on; `what` befalls one of the nodes for good.

    `boot` is from the cloud's acceptance of a machine until its kubelet asks for a certificate, `restart` from power
    to kubelet at home.
    """
    fields = {
        "about": f"a machine is lost ({what}), another boots in {boot:g} s",
        "lasts": BEFALLS_AT + WATCHED,
        "nodes": [{"name": name, "room": 4, "renew": renew, "restart": restart} for name in ("home-1", "home-2")],
        "fleets": [{"name": "game", "replicas": 8}],
        "matches": [{"fleet": "game", "at": 1, "lasts": 3600, "count": 4}],
        "cloud": {"operation": OPERATION, "boot": boot - OPERATION, "zones": ["zone-a", "zone-b"]},
        "operator": {"config": {"suspectAfter": suspect_after}},
        "events": [{"at": BEFALLS_AT, what: "home-1"}],
    }
    return msgspec.convert(fields, Scenario)
