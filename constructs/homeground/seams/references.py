"""Names in one place that must exist in another."""

from collections.abc import Iterator

from homeground.facts import Facts
from homeground.platform import Platform
from homeground.problem import Problem, suggestion
from homeground.source import FieldPath


def clusters_exist(facts: Facts) -> Iterator[Problem]:
    """A game names only clusters that have a file."""
    known = [cluster.value.name for cluster in facts.clusters]
    for loaded in facts.games:
        for index, name in enumerate(loaded.value.clusters or []):
            if name not in known:
                expected = f"one of {', '.join(known)}{suggestion(name, known)}"
                yield loaded.source.problem(("clusters", index), name, expected)


def sites_exist(platform: Platform) -> Iterator[Problem]:
    """Whatever names a site names one of the cluster's."""
    cluster, known = platform.cluster, list(platform.sites)
    named: list[tuple[FieldPath, str]] = [
        (("nodes", index, "site"), node.site) for index, node in enumerate(cluster.nodes)
    ]
    named += [
        (("links", index, "between", end), site)
        for index, link in enumerate(cluster.links)
        for end, site in enumerate(link.between)
    ]
    named += [(("addressPools", index, "site"), pool.site) for index, pool in enumerate(cluster.address_pools)]
    if cluster.temporary_nodes:
        named.append((("temporaryNodes", "site"), cluster.temporary_nodes.site))
    for path, site in named:
        if site not in known:
            yield platform.source.problem(path, site, f"one of {', '.join(known)}{suggestion(site, known)}")
    for loaded in platform.loaded_games:
        site_ = loaded.value.fleet.site
        if site_ and site_ not in known:
            expected = f"a site of cluster {cluster.name}: {', '.join(known)}{suggestion(site_, known)}"
            yield loaded.source.problem(("fleet", "site"), site_, expected)


def sites_are_linked(platform: Platform) -> Iterator[Problem]:
    """Every site has a link to another, which its packets must fit; temporary nodes join a cloud.

    And none is called default, the name of the port range that all sites share.
    """
    cluster = platform.cluster
    linked = {site for link in cluster.links if len(set(link.between)) == 2 for site in link.between}
    for index, site in enumerate(cluster.sites):
        if len(cluster.sites) > 1 and site.name not in linked:
            yield platform.source.problem(
                ("sites", index, "name"), f"{site.name}, which no link names", "a link to another site"
            )
        if site.name == "default":
            yield platform.source.problem(
                ("sites", index, "name"), "default", "another name: it is Agones' own port range"
            )
    temporary = cluster.temporary_nodes
    if temporary and platform.sites[temporary.site].kind != "cloud":
        yield platform.source.problem(("temporaryNodes", "site"), temporary.site, "a site of kind cloud")


def sites_have_runners(platform: Platform) -> Iterator[Problem]:
    """A fleet has a permanent runner to start on, at its site or anywhere."""
    for loaded in platform.loaded_games:
        site = loaded.value.fleet.site
        if not any(site in (None, node.site) for node in platform.runners):
            where = f"site {site}" if site else f"cluster {platform.cluster.name}"
            expected = f"a node with the role runner at {where}, in {platform.source.file}"
            yield loaded.source.problem(("fleet", "site"), "no runner", expected)


def limited_nobody(platform: Platform) -> Iterator[str]:
    """A notice for each limit whose tenant has no game here: gone, or misspelt and so without a limit."""
    known = platform.tenants
    for index, limit in enumerate(platform.cluster.tenant_limits):
        if limit.tenant not in known:
            line = platform.source.line(("tenantLimits", index, "tenant"))
            yield f"{platform.source.file}:{line}: {limit.tenant} has no game here{suggestion(limit.tenant, known)}"
