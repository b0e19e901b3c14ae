"""What a problem looks like, and how they are gathered."""

import pytest

from homeground.problem import Problem, ProblemsError, refuse, suggestion

ONE = Problem("games/a.yaml", 3, "fleet.replicas", "-1", "at least 0")


def test_a_problem_names_file_line_field_found_and_expected() -> None:
    assert str(ONE) == "games/a.yaml:3: fleet.replicas: found -1, expected at least 0"


def test_a_problem_of_a_whole_file_has_no_line_and_no_field() -> None:
    assert str(Problem("games/a.yaml", 0, "", "no file", "a YAML file")) == (
        "games/a.yaml: found no file, expected a YAML file"
    )


def test_problems_are_sorted_by_file_and_line_and_said_once() -> None:
    later = Problem("games/a.yaml", 20, "", "b", "c")
    other = Problem("clusters/z.yaml", 99, "", "b", "c")
    error = ProblemsError([later, ONE, other, ONE])
    assert error.problems == [other, ONE, later]
    assert str(error).splitlines() == [str(other), str(ONE), str(later)]


def test_refusing_nothing_does_nothing() -> None:
    refuse(iter(()))


def test_refusing_raises_all_problems_at_once() -> None:
    with pytest.raises(ProblemsError) as raised:
        refuse(Problem("a", line, "", "b", "c") for line in (2, 1))
    assert [problem.line for problem in raised.value.problems] == [1, 2]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("replica", " (did you mean replicas?)"),
        ("Replicas", " (did you mean replicas?)"),
        ("autoscaler", " (did you mean autoscale?)"),
        ("colour", ""),
        ("", ""),
    ],
)
def test_a_near_miss_is_suggested_and_nothing_else(word: str, said: str) -> None:
    assert suggestion(word, ["replicas", "autoscale", "site"]) == said
