"""New matches and free seats in one cycle: legal, deterministic, full ones first, and nobody starves."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from matchmaking.matching.entrant import Entrant
from matchmaking.matching.join import Join, join
from matchmaking.matching.opening import Opening
from matchmaking.matching.plan import Plan, plan, score_of_join, score_of_match
from matchmaking.settings import Latency, Mode, Skill
from tests.services.matchmaking.matching.entrants import NAMES, SITES, legal_match, mode, party, worlds

World = tuple[Mode, list[Entrant], list[Opening]]


@st.composite
def running(draw: st.DrawFn) -> World:
    rules, waiting = draw(worlds())
    rules = replace(rules, backfill=True)
    free = st.tuples(*[st.integers(0, rules.players_per_team)] * rules.teams)
    shapes = draw(
        st.lists(
            st.tuples(
                free, st.sampled_from(NAMES), st.lists(st.sampled_from([0.0, 12.0, 30.0]), min_size=1, max_size=2)
            ),
            max_size=3,
        )
    )
    openings = [
        Opening(match=f"m{number}", free=left, site=site, lowest=min(skills), highest=max(skills))
        for number, (left, site, skills) in enumerate(shapes)
    ]
    return rules, waiting, openings


def may_sit(rules: Mode, entrant: Entrant, left: tuple[int, ...], skills: list[float], site: str) -> bool:
    """The rule, spelt out."""
    window = entrant.window(rules.skill)
    near = all(entrant.skill - window <= skill <= entrant.skill + window for skill in skills)
    return near and any(number >= entrant.size for number in left) and bool(entrant.sites(rules, [site]))


def seated(rules: Mode, opening: Opening, made: Join) -> tuple[list[int], list[float]]:
    """Seats left and skills once they have joined one after another. Raises AssertionError for what is not legal."""
    left, skills = list(opening.free), [opening.lowest, opening.highest]
    assert made.site == opening.site
    assert len(made.teams) == len(left)
    for entrant in sorted(made.entrants, key=lambda each: each.urgency):
        assert may_sit(rules, entrant, tuple(left), skills, opening.site)
        (team,) = [index for index, side in enumerate(made.teams) if entrant in side]
        left[team] -= entrant.size
        skills.append(entrant.skill)
    assert min(left) >= 0
    return left, skills


def everyone(found: Plan) -> list[str]:
    groups = [made.entrants for made in found.matches] + [made.entrants for made in found.joins]
    return [each.ticket for group in groups for each in group]


@settings(max_examples=400, deadline=None)
@given(running())
def test_every_join_is_legal_and_nobody_is_in_two(world: World) -> None:
    rules, waiting, openings = world
    found = plan(rules, SITES, waiting, openings)
    by_id = {each.match: each for each in openings}
    assert len({made.match for made in found.joins}) == len(found.joins)
    for made in found.joins:
        seated(rules, by_id[made.match], made)
    seen = everyone(found)
    assert len(seen) == len(set(seen))
    assert set(seen) <= {each.ticket for each in waiting}


@settings(max_examples=400, deadline=None)
@given(running())
def test_nobody_is_left_for_whom_there_is_a_seat_or_a_match(world: World) -> None:
    """The most urgent of all is in something whenever anything legal exists for it: nobody starves."""
    rules, waiting, openings = world
    found = plan(rules, SITES, waiting, openings)
    gone = set(everyone(found))
    left = [each for each in waiting if each.ticket not in gone]
    by_match = {made.match: made for made in found.joins}
    for opening in openings:
        empty = Join(match=opening.match, teams=((),) * rules.teams, site=opening.site)
        seats, skills = seated(rules, opening, by_match.get(opening.match, empty))
        assert not any(may_sit(rules, each, tuple(seats), skills, opening.site) for each in left)
    for anchor in left:
        assert legal_match(rules, anchor, [each for each in left if each != anchor]) is None
    if waiting:
        first = min(waiting, key=lambda each: each.urgency)
        others = [each for each in waiting if each.ticket != first.ticket]
        seat = any(may_sit(rules, first, each.free, [each.lowest, each.highest], each.site) for each in openings)
        assert first.ticket in gone or not (seat or legal_match(rules, first, others))


@settings(max_examples=400, deadline=None)
@given(running())
def test_no_full_match_could_be_made_of_those_who_join_or_wait_on(world: World) -> None:
    """So a seat that is free delays no full match: not by one cycle."""
    rules, waiting, openings = world
    found = plan(rules, SITES, waiting, openings)
    full = {each.ticket for made in found.matches if _full(rules, made.entrants) for each in made.entrants}
    short = {each.ticket for made in found.matches for each in made.entrants} - full
    left = [each for each in waiting if each.ticket not in full | short]
    whole = replace(rules, min_players=rules.seats)
    for anchor in left:
        assert legal_match(whole, anchor, [each for each in left if each != anchor]) is None


@settings(max_examples=200, deadline=None)
@given(running(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_told_is_no_matter(world: World, shuffler: random.Random) -> None:
    rules, waiting, openings = world
    mixed = shuffler.sample(waiting, len(waiting)), shuffler.sample(openings, len(openings))
    assert plan(rules, SITES, *mixed) == plan(rules, SITES, waiting, openings)


@settings(max_examples=200, deadline=None)
@given(running())
def test_full_before_joins_before_short(world: World) -> None:
    rules, waiting, openings = world
    found = plan(rules, SITES, waiting, openings)
    scores: dict[bool, list[float]] = {True: [], False: []}
    for made in found.matches:
        scores[_full(rules, made.entrants)].append(score_of_match(rules, made))
    joins = [score_of_join(made) for made in found.joins]
    assert max(joins, default=0) < min(scores[True], default=float("inf"))
    assert max(scores[False], default=0) < min(joins, default=float("inf"))


def test_without_openings_all_is_as_it_was() -> None:
    rules = mode(2, 1)
    found = plan(rules, SITES, [party("a", 1), party("b", 1)], [])
    assert [made.score for made in found.matches] == [score_of_match(rules, made) for made in found.matches]
    assert found.joins == []


def test_who_could_begin_a_short_match_takes_a_free_seat_instead() -> None:
    rules = mode(2, 2, min_players=2, fewer_after_seconds=30, backfill=True)
    waiting = [party("old", 1, waited=40), party("new", 1), party("late", 1)]
    found = plan(rules, SITES, waiting, [Opening(match="m", free=(0, 1), site="attic", lowest=1, highest=1)])
    assert [[each.ticket for each in team] for team in found.joins[0].teams] == [[], ["old"]]
    assert found.matches == []
    found = plan(rules, SITES, waiting, [Opening(match="m", free=(0, 2), site="tokyo", lowest=1, highest=1)])
    assert {each.ticket for each in found.joins[0].entrants} == {"old", "late"}


def test_one_who_loses_the_seat_to_a_more_urgent_one_has_its_short_match() -> None:
    rules = mode(2, 2, min_players=2, fewer_after_seconds=30, backfill=True)
    waiting = [party("first", 1, waited=50), party("second", 1, waited=40), party("third", 1)]
    found = plan(rules, SITES, waiting, [Opening(match="m", free=(1, 0), site="attic", lowest=1, highest=1)])
    assert [each.ticket for each in found.joins[0].entrants] == ["first"]
    (made,) = found.matches
    assert {each.ticket for each in made.entrants} == {"second", "third"}


def test_skill_and_latency_are_those_of_the_match_that_runs() -> None:
    rules = mode(2, 2, skill=Skill(window=10, widen_per_second=1), latency=Latency(limit=50), backfill=True)
    runs = Opening(match="m", free=(1, 1), site="tokyo", lowest=0.0, highest=20.0)
    assert join(rules, [runs], [party("middle", 10, tokyo=40.0)])
    assert not join(rules, [runs], [party("high", 11, tokyo=40.0)])
    assert join(rules, [runs], [party("high", 11, waited=1, tokyo=40.0)])
    assert not join(rules, [runs], [party("far", 10, tokyo=60.0)])
    assert not join(rules, [runs], [party("elsewhere", 10, attic=10.0)])
    assert not join(rules, [runs], [party("pair", 10, 10, tokyo=1.0)]), "a party is never split"


def _full(rules: Mode, entrants: tuple[Entrant, ...]) -> bool:
    return sum(each.size for each in entrants) == rules.seats
