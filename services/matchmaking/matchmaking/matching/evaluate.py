"""Of matches with tickets in common, the better ones."""

import math
from collections.abc import Iterable

from msgspec import Struct


class Candidate(Struct, frozen=True, kw_only=True):
    """A proposed match; `score` is NaN if it has none."""

    id: str
    tickets: frozenset[str]
    score: float
    backfill: str = ""


def accept(candidates: Iterable[Candidate]) -> list[str]:
    """Ids of the best, in which no ticket and no backfill is twice; the same in whatever order they are told.

    A repeated id would have Open Match cancel everybody's cycle: of those the best one is meant.
    """
    used: set[str] = set()
    accepted: list[str] = []
    for each in sorted(candidates, key=_best_first):
        claims = {f"ticket {ticket}" for ticket in each.tickets} | ({f"backfill {each.backfill}"} - {"backfill "})
        if not used & (claims | {f"match {each.id}"}):
            used |= claims | {f"match {each.id}"}
            accepted.append(each.id)
    return accepted


def _best_first(candidate: Candidate) -> tuple[float, str, list[str], str]:
    score = -math.inf if math.isnan(candidate.score) else candidate.score
    return -score, candidate.id, sorted(candidate.tickets), candidate.backfill
