"""Matchmaking on a cluster: its Deployments and configuration, what they may do, and what not even so.

The program itself is services/matchmaking, an image of its own: nothing here imports it.
"""

NAMESPACE = "matchmaking"
PART_OF = {"app.kubernetes.io/part-of": "matchmaking"}

DIRECTOR, KICKER = "director", "kicker"
"""Service accounts: who allocates servers, and who has players leave."""


def user(account: str) -> str:
    """Who it is to the API server."""
    return f"system:serviceaccount:{NAMESPACE}:{account}"


CLUSTER_ROLES = {DIRECTOR: "matchmaking-director", KICKER: "matchmaking-kicker"}
"""What they may do in tenants' namespaces; each tenant's app binds them there."""

PLAYERS_PORT, STATUS_PORT, FUNCTIONS_PORT = 8080, 8081, 50508
"""The players' API; metrics and probes; match functions and evaluator."""
