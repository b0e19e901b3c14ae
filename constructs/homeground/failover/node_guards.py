"""Guards of nodes: what a temporary one is, and what the operator may do to any."""

from homeground.admission_policy import Rule, Target
from homeground.guard import Guard, but_for, owners, same
from homeground.labels import CORDON, FAILOVER, OUT_OF_SERVICE, QUARANTINE, TEMPORARY, TEMPORARY_PREFIX


def temporary_nodes() -> Guard:
    """Name and label go together, and a temporary node is never there without its quarantine."""
    ours, label = f"object.metadata.name.startsWith('{TEMPORARY_PREFIX}')", f"'{TEMPORARY}' in variables.labels"
    return Guard(
        "temporary-nodes",
        Target("", ["v1"], ["nodes"], scope="Cluster"),
        (
            Rule(f"!{ours} || {label}", f"a node {TEMPORARY_PREFIX}* carries the label {TEMPORARY}"),
            Rule(f"!({label}) || {ours}", f"the label {TEMPORARY} is for nodes {TEMPORARY_PREFIX}*"),
            Rule(
                f"request.operation != 'CREATE' || !{ours} || object.spec.?taints.orValue([])"
                f".exists(t, t.key == '{QUARANTINE}' && t.effect == 'NoSchedule')",
                f"a node {TEMPORARY_PREFIX}* registers with the taint {QUARANTINE}:NoSchedule",
            ),
        ),
        variables=(("labels", "object.metadata.?labels.orValue({})"),),
    )


def deleted_nodes() -> Guard:
    rule = Rule(
        f"oldObject.metadata.name.startsWith('{TEMPORARY_PREFIX}')",
        f"the operator deletes nodes {TEMPORARY_PREFIX}* only",
    )
    return Guard("failover-deleted-nodes", Target("", ["v1"], ["nodes"], ["DELETE"], "Cluster"), (rule,))


def changed_nodes() -> Guard:
    """Quarantine is lifted, out-of-service is set on what is not Ready, and a cordon says whose it is."""
    of_ours = f"t.key in ['{QUARANTINE}', '{OUT_OF_SERVICE}']"
    return Guard(
        "failover-changed-nodes",
        Target("", ["v1"], ["nodes"], ["UPDATE"], "Cluster"),
        (
            same("labels", "metadata.?labels", "a node"),
            but_for("annotations", CORDON, "a node"),
            *owners("a node"),
            same("providerID", "spec.?providerID", "a node"),
            Rule(
                f"variables.new.filter(t, !({of_ours})) == variables.old.filter(t, !({of_ours}))",
                f"the operator changes no taints but {QUARANTINE} and {OUT_OF_SERVICE}",
            ),
            *_quarantine(),
            *_out_of_service(),
            Rule(
                "variables.cordoned == oldObject.spec.?unschedulable.orValue(false) || "
                f"'{CORDON}' in (variables.cordoned ? object : oldObject).metadata.?annotations.orValue({{}})",
                f"the operator's cordon carries {CORDON}, and it lifts no other",
            ),
        ),
        variables=(
            ("new", "object.spec.?taints.orValue([])"),
            ("old", "oldObject.spec.?taints.orValue([])"),
            ("cordoned", "object.spec.?unschedulable.orValue(false)"),
        ),
    )


def _quarantine() -> tuple[Rule, ...]:
    there = f"exists(t, t.key == '{QUARANTINE}')"
    return (
        Rule(
            f"variables.new.filter(t, t.key == '{QUARANTINE}').all(t, t in variables.old)",
            f"the operator only lifts {QUARANTINE}",
        ),
        Rule(
            f"object.metadata.name.startsWith('{TEMPORARY_PREFIX}') || variables.new.{there} || !variables.old.{there}",
            f"the operator lifts {QUARANTINE} from nodes {TEMPORARY_PREFIX}* only",
        ),
    )


def _out_of_service() -> tuple[Rule, ...]:
    """On a node that is Ready the taint would be an eviction of everything. Someone else's is theirs to lift."""
    added = f"variables.new.filter(t, t.key == '{OUT_OF_SERVICE}' && !(t in variables.old))"
    own = f"t.?value.orValue('') == '{FAILOVER}'"
    return (
        Rule(
            f"{added}.all(t, {own} && t.effect == 'NoExecute')",
            f"the operator's {OUT_OF_SERVICE} is {FAILOVER}:NoExecute",
        ),
        Rule(
            f"{added}.size() == 0 || !oldObject.?status.?conditions.orValue([])"
            ".exists(c, c.type == 'Ready' && c.status == 'True')",
            f"{OUT_OF_SERVICE} is for nodes that are not Ready",
        ),
        Rule(
            f"variables.old.filter(t, t.key == '{OUT_OF_SERVICE}' && !({own})).all(t, t in variables.new)",
            f"the operator lifts no {OUT_OF_SERVICE} but its own",
        ),
    )
