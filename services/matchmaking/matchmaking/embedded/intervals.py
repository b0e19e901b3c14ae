"""How long things last in the core: Open Match's own settings, and one more."""

from dataclasses import dataclass

ACKNOWLEDGE_SHARE = 0.8
"""Of `pending_release`: a backfill that nobody acknowledges for longer has expired."""


@dataclass(frozen=True)
class Intervals:
    """In seconds. The defaults are what our manifests give a real core (constructs/homeground/open_match.py)."""

    registration: float = 0.25
    """FetchMatches calls that begin within it share a cycle."""

    collection: float = 20.0
    """Match functions that run longer after that are cancelled."""

    pending_release: float = 60.0
    """Tickets of a match that nobody has assigned by then are in the pool again."""

    assigned_delete: float = 600.0
    """An assigned ticket is forgotten so long after its last assignment."""

    ticket: float | None = None
    """A ticket that nobody has assigned is forgotten after this; None, as upstream: never."""

    page: int = 10_000
    """Tickets or backfills in one message of a query's answer."""

    @property
    def acknowledge(self) -> float:
        return ACKNOWLEDGE_SHARE * self.pending_release
