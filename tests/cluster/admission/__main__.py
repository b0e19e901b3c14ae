"""Print the escape attempts on a fresh cluster as a Markdown table: `python -m tests.cluster.admission [cluster]`."""

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.cluster.admission.applied import UNLIMITED, Applied
from tests.cluster.admission.attempts import ATTEMPTS, Scene
from tests.cluster.admission.breaches import BREACHES, Breach
from tests.cluster.admission.dist import CLUSTERS, of_kind
from tests.cluster.admission.first_sync import synced
from tests.cluster.admission.game_server import template
from tests.cluster.admission.violations import VIOLATIONS, Violation
from tests.cluster.admission.yard import Yard
from tests.cluster.api import Api, ApiError
from tests.cluster.ports import Ports


def main() -> int:
    """The number of attempts that were admitted."""
    name = sys.argv[1] if len(sys.argv) > 1 else CLUSTERS[0]
    with tempfile.TemporaryDirectory() as folder, Ports() as ports, synced(name, Path(folder), ports) as cluster:
        rows = [*_violations(cluster), *_attempts(Scene(cluster, cluster.token_of_tenant())), *_breaches(cluster)]
    sys.stdout.write("| # | attempt | by or on | refusal |\n|---|---|---|---|\n")
    for number, row in enumerate(rows, 1):
        sys.stdout.write(f"| {number} | {' | '.join(cell.replace('|', '&#124;') for cell in row)} |\n")
    return sum(row[-1] == ADMITTED for row in rows)


ADMITTED = "**admitted**"


def _violations(cluster: Applied) -> list[tuple[str, str, str]]:
    """One row each: the refusal of the first kind, as those of the others differ in the policy's name alone."""
    rows = []
    for violation in VIOLATIONS:
        refusals = [_refusal(partial(_create, cluster, violation, kind)) for kind in violation.kinds]
        told = ADMITTED if ADMITTED in refusals else refusals[0]
        rows.append((violation.name, ", ".join(violation.kinds), told))
    return rows


def _create(cluster: Applied, violation: Violation, kind: str) -> None:
    manifest = cluster.own(kind, "attempt", UNLIMITED if violation.unlimited else "")
    violation.change(template(manifest))
    cluster.api.create(manifest, dry_run=True)


def _attempts(scene: Scene) -> list[tuple[str, str, str]]:
    return [(attempt.name, attempt.thing, _refusal(partial(attempt.act, scene))) for attempt in ATTEMPTS]


def _breaches(cluster: Applied) -> list[tuple[str, str, str]]:
    """What the failover operator is refused though it had every right."""
    yard = Yard.of(cluster)
    guarded = {policy["metadata"]["name"] for policy in of_kind(cluster.name, "ValidatingAdmissionPolicy")}
    return [
        (each.name, "anybody" if each.everyone else "the operator", _refusal(partial(each.act, yard, _who(yard, each))))
        for each in BREACHES
        if each.policy in guarded
    ]


def _who(yard: Yard, breach: Breach) -> Api:
    return yard.admin if breach.everyone else yard.unbound


def _refusal(act: Callable[[], Any]) -> str:
    try:
        act()
    except ApiError as error:
        return f"{error.status} {error.message}"
    return ADMITTED


if __name__ == "__main__":
    sys.exit(main())
