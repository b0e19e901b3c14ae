"""MetalLB: announced at home, by more than one machine, never from the cloud."""

from collections.abc import Iterator

from homeground import labels
from homeground.platform import Platform
from homeground.problem import Problem
from homeground.seams.synthesis import Synthesis


def pools_have_two_announcers(platform: Platform) -> Iterator[Problem]:
    """With one announcer its death takes every LoadBalancer address along (the talks' single point of failure)."""
    for index, pool in enumerate(platform.cluster.address_pools):
        announcers = [node.name for node in platform.announcers if node.site == pool.site]
        if len(announcers) < 2 and platform.sites[pool.site].kind == "home":
            found = f"{len(announcers)} node(s) at {pool.site}"
            expected = "at least two that can announce it; an `edge` node of any size will do"
            yield platform.source.problem(("addressPools", index, "site"), found, expected)


def advertisements_select_announcers(synthesis: Synthesis) -> Iterator[Problem]:
    """Every L2Advertisement selects nodes by a home site's label, and nothing else.

    All advertisements are united, so one without a selector would let cloud nodes, which can't answer ARP, announce.
    """
    platform = synthesis.platform
    homes = {site.name for site in platform.cluster.sites if site.kind == "home"}
    for rendered in synthesis.of_kind("L2Advertisement"):
        selectors = rendered.spec.get("nodeSelectors", [])
        if not selectors:
            yield rendered.problem("spec.nodeSelectors", "nothing", f"matchLabels {labels.SITE} of a home site")
        for selector in selectors:
            chosen = selector.get("matchLabels", {})
            if set(chosen) != {labels.SITE} or chosen[labels.SITE] not in homes:
                expected = f"{labels.SITE} in {', '.join(sorted(homes))} and no other label"
                yield rendered.problem("spec.nodeSelectors", chosen, expected)
