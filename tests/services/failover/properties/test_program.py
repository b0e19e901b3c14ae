"""Whatever befalls a site, its operators, and each call of theirs: no match is lost that lives, and nothing is left."""

from pathlib import Path

from hypothesis import given

from failover import words
from kubeclient.resources import NODES, Json
from tests.services.failover.properties import outcome
from tests.services.failover.properties.logbook import logged
from tests.services.failover.properties.plan import Plan, carry_out, plans
from tests.services.failover.properties.site import Site, play


def mend(site: Site) -> None:
    """All machines are back, and people have taken back what they said."""
    for machine in site.homes:
        machine.come_back()
        site.api.edit(NODES, machine.name, _without_notes)
    for machine in site.machines.values():
        if machine.powered:
            machine.come_back()


def _without_notes(node: Json) -> None:
    for key in (words.PLANNED, words.EXCLUDE):
        (node["metadata"].get("annotations") or {}).pop(key, None)


def played(plan: Plan, folder: Path) -> list[str]:
    """What was wrong."""

    async def work(site: Site) -> None:
        await carry_out(plan, site)
        site.calm()
        await site.clock.sleep(20)
        await outcome.wait_stood_in(site)
        mend(site)
        await outcome.wait_clean(site)
        await outcome.check_quiet(site)

    with logged() as book:
        site = play(folder, plan.shape, work)
    return [*site.safety.wrong, *book.wrong]


@given(plan=plans())
def test_no_living_match_is_lost_and_nothing_is_left(plan: Plan, folder: Path) -> None:
    assert played(plan, folder) == []
