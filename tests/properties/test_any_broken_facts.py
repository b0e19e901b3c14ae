"""Whatever is wrong with facts, it is said as problems: nothing that people write ends in a traceback."""

import tempfile
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from homeground.facts import load
from homeground.platform import Platform
from homeground.problem import ProblemsError
from homeground.seams import facts_problems
from tests.program import FACTS

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.dates(), st.binary(max_size=4),
    st.sampled_from([
        "home", "cloud", "hybrid", "default", "10.0.0.0/8", "::/0", "fd00::1", "10.0.0.9-10.0.0.1", "0.0.0.0/0", "1Gi",
        "9" * 40 + "Ti", "1.35.4", "1.35.999", 10**30, 2**31, 65535, "latest", "n2-standard-8", "csi-s3", "a" * 64, "/",
    ]),
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.one_of(st.text(max_size=5), SCALARS), inner, max_size=3)
    ),
    max_leaves=4,
)
EXAMPLES = 10 * settings().max_examples
GOOD = {path.relative_to(FACTS).as_posix(): yaml.safe_load(path.read_text()) for path in sorted(FACTS.glob("*/*.yaml"))}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything that can be replaced."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


PLACES = [(file, *place) for file, data in GOOD.items() for place in places(data)]


def judge(files: dict[str, str]) -> None:
    """What main.py does before it renders; a problem or none is all the same."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            facts = load(Path(folder))
            problems = list(facts_problems(facts, [Platform.of(facts, cluster) for cluster in facts.clusters]))
        except ProblemsError as error:
            problems = error.problems
    for problem in problems:
        assert problem.expected


def replaced(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    data[place[0]] = replaced(data[place[0]], place[1:], value)
    return data


@settings(max_examples=EXAMPLES)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ANYTHING), min_size=1, max_size=3))
def test_any_value_in_any_place_is_right_or_a_problem(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    data = deepcopy(GOOD)
    for place, value in changes:
        with suppress(KeyError, IndexError, TypeError):  # an earlier change took the place away
            replaced(data, place, value)
    judge({name: yaml.safe_dump(content, allow_unicode=True) for name, content in data.items()})


@settings(max_examples=EXAMPLES)
@given(
    st.sampled_from(sorted(GOOD)), st.integers(0, 3000), st.integers(0, 40),
    st.one_of(st.text(max_size=8), st.text("\t\n -:[]{}&*!|>'\"%@`#,?<~", max_size=8)),
)  # fmt: skip
def test_any_damage_to_the_text_is_a_problem_or_none(file: str, at: int, cut: int, typed: str) -> None:
    texts = {name: (FACTS / name).read_text() for name in GOOD}
    start = at % len(texts[file])
    texts[file] = texts[file][:start] + typed + texts[file][start + cut :]
    judge(texts)
