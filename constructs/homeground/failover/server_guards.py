"""Guards of game servers, and of what Agones makes them from."""

from homeground.admission_policy import Rule, Target
from homeground.guard import Guard, but_for, owners, same
from homeground.labels import NUDGE, OVERFLOW, SUSPECT

PLAYED_ON = ("Allocated", "Reserved")
"""States of a GameServer with players, or promised to some."""


def deleted_servers() -> Guard:
    """Also on a machine that is dead for certain: there the taint speaks, and Kubernetes clears up."""
    states = ", ".join(f"'{state}'" for state in PLAYED_ON)
    rule = Rule(
        f"!(oldObject.?status.?state.orValue('') in [{states}])",
        f"the operator deletes no GameServer that is {' or '.join(PLAYED_ON)}",
    )
    return Guard("failover-deleted-gameservers", Target("agones.dev", ["v1"], ["gameservers"], ["DELETE"]), (rule,))


def changed_servers() -> Guard:
    """A GameServer's state is in the object itself: it has no status subresource."""
    return Guard(
        "failover-changed-gameservers",
        Target("agones.dev", ["v1"], ["gameservers"], ["UPDATE"]),
        (
            same("spec", "?spec", "a GameServer"),
            same("status", "?status", "a GameServer"),
            but_for("labels", SUSPECT, "a GameServer"),
            same("annotations", "metadata.?annotations", "a GameServer"),
            *owners("a GameServer"),
        ),
    )


def changed_sets() -> Guard:
    """Agones looks at a set once its size changes; its Fleet sets it right at once."""
    return Guard(
        "failover-changed-gameserversets",
        Target("agones.dev", ["v1"], ["gameserversets"], ["UPDATE"]),
        (
            Rule(
                "object.spec.replicas == oldObject.spec.replicas || "
                "object.spec.replicas == oldObject.spec.replicas - 1",
                "the operator makes a GameServerSet one smaller, and no more",
            ),
            Rule(
                "dyn(object.spec).all(k, k == 'replicas' || k in dyn(oldObject.spec) && "
                "dyn(object.spec)[k] == dyn(oldObject.spec)[k]) && "
                "dyn(oldObject.spec).all(k, k in dyn(object.spec))",
                "the operator does not change the spec of a GameServerSet but for its size",
            ),
            same("labels", "metadata.?labels", "a GameServerSet"),
            but_for("annotations", NUDGE, "a GameServerSet"),
            *owners("a GameServerSet"),
        ),
    )


def fleets() -> Guard:
    """Those that Git owns are never touched. What a Fleet may be is for the tenants' policies to say."""
    marked = f"'{OVERFLOW}' in {{0}}.metadata.?labels.orValue({{{{}}}})"
    return Guard(
        "failover-fleets",
        Target("agones.dev", ["v1"], ["fleets"], ["CREATE", "UPDATE", "DELETE"]),
        (
            Rule(
                f"request.operation == 'DELETE' || {marked.format('object')}",
                f"the operator's Fleets carry the label {OVERFLOW}",
            ),
            Rule(
                f"request.operation == 'CREATE' || {marked.format('oldObject')}",
                f"the operator leaves Fleets without the label {OVERFLOW} alone",
            ),
        ),
    )
