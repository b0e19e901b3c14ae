"""Guards of NodeFailovers. What their status may become, their CRD's own rules say."""

from homeground.admission_policy import Rule, Target
from homeground.guard import Guard


def records() -> Guard:
    """A person's word that a machine is dead stands there as an annotation: the operator can't give it to itself."""
    before = "(request.operation == 'CREATE' ? {} : oldObject.metadata.?annotations.orValue({}))"
    return Guard(
        "failover-nodefailovers",
        Target("homeground.dev", ["v1"], ["nodefailovers"], scope="Cluster"),
        (
            Rule(
                f"object.metadata.?annotations.orValue({{}}) == {before}",
                "the operator does not change the annotations of a NodeFailover: they are people's",
            ),
        ),
    )
