"""One name, one thing."""

from collections.abc import Iterator

from homeground.output import identity
from homeground.platform import Platform
from homeground.problem import Problem
from homeground.seams.synthesis import Rendered, Synthesis
from homeground.source import FieldPath


def names_are_unique(platform: Platform) -> Iterator[Problem]:
    """No two sites, nodes, pools, addresses or tenant limits share a name."""
    cluster = platform.cluster
    lists: list[tuple[str, str, list[str]]] = [
        ("sites", "name", [site.name for site in cluster.sites]),
        ("nodes", "name", [node.name for node in cluster.nodes]),
        ("nodes", "address", [node.address for node in cluster.nodes]),
        ("addressPools", "name", [pool.name for pool in cluster.address_pools]),
        ("tenantLimits", "tenant", [limit.tenant for limit in cluster.tenant_limits]),
    ]
    for field, key, values in lists:
        for index, value in enumerate(values):
            if value in values[:index]:
                path: FieldPath = (field, index, key)
                yield platform.source.problem(path, f"{value} a second time", f"its own {key}")


def objects_are_unique(synthesis: Synthesis) -> Iterator[Problem]:
    """One owner per object: no two apps, nor one app twice, render the same group, kind, namespace and name."""
    seen: dict[tuple[str, str, str, str], Rendered] = {}
    for rendered in synthesis.objects:
        key = identity(rendered.manifest)
        if key in seen:
            yield rendered.problem("metadata.name", rendered.name, f"no second owner (also in {seen[key].file})")
        seen.setdefault(key, rendered)
