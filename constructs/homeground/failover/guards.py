"""All guards, as admission policies."""

from homeground.admission_policy import AdmissionPolicy
from homeground.failover import join_guards, node_guards, record_guards, server_guards
from homeground.failover.guard import Guard
from homeground.manifest import Component, ManifestChart

WAVE = "-1"
"""Before the operator: it never acts unguarded."""


def guards() -> list[Guard]:
    """Each is a policy."""
    return [
        node_guards.temporary_nodes(),
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


class Guards(Component):
    """A policy and its binding each, in force everywhere."""

    def __init__(self, scope: ManifestChart | Component, id: str) -> None:
        super().__init__(scope, id)
        for guard in guards():
            AdmissionPolicy(
                self,
                guard.name,
                name=guard.name,
                target=guard.target,
                rules=guard.rules,
                variables=guard.variables,
                conditions=guard.conditions,
                wave=WAVE,
            )
