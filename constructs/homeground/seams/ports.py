"""Host ports: Agones keeps a book for each range, so no port may stand in two."""

from collections.abc import Iterator
from itertools import combinations

from homeground.platform import Platform
from homeground.problem import Problem
from homeground.source import FieldPath
from schemas.facts import PortRange


def ranges_are_apart(platform: Platform) -> Iterator[Problem]:
    """Every range runs upwards and shares no port with another; Agones' controller would not start."""
    written: list[tuple[FieldPath, PortRange]] = [(("gamePorts",), platform.cluster.game_ports)]
    written += [
        (("sites", index, "gamePorts"), site.game_ports)
        for index, site in enumerate(platform.cluster.sites)
        if site.game_ports
    ]
    for path, ports in written:
        if ports.min > ports.max:
            yield platform.source.problem((*path, "max"), ports.max, f"at least min, {ports.min}")
    for (_, first), (path, second) in combinations(written, 2):
        if max(first.min, second.min) <= min(first.max, second.max):
            found, expected = f"{second.min}-{second.max}", f"no port of the range {first.min}-{first.max}"
            yield platform.source.problem(path, found, expected)
