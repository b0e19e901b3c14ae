"""All guards of failover."""

from homeground.failover import USER, join_guards, node_guards, record_guards, server_guards
from homeground.guard import Guard


def guards() -> list[Guard]:
    """Each is a policy. The first holds everyone, the others the operator."""
    held = [
        node_guards.deleted_nodes(),
        node_guards.changed_nodes(),
        server_guards.deleted_servers(),
        server_guards.changed_servers(),
        server_guards.changed_sets(),
        server_guards.fleets(),
        join_guards.signing_requests(),
        join_guards.tokens(),
        record_guards.records(),
    ]
    return [node_guards.temporary_nodes(), *(guard.holding("operator", USER) for guard in held)]
