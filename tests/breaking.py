"""Facts that people get wrong: break a file, run the program, and hold what it prints against what it should."""

from dataclasses import dataclass
from pathlib import Path

from tests.program import content, run

GAME = "games/domination.yaml"
OTHER = "games/skirmish.yaml"
CLUSTER = "clusters/hybrid.yaml"
DESK = "clusters/local.yaml"


@dataclass(frozen=True)
class Case:
    """`old` becomes `new` in a file that was right; the problem stands on that line, or on the first one with `at`.

    `said` is the printed line after `file:line: `, or with `...` at its end how it begins.
    """

    name: str
    file: str
    old: str
    new: str
    said: str
    at: str = ""


def assert_refused(folder: Path, *expected: str) -> None:
    """The program prints these problems and no others, exits with 1 and leaves dist/ alone."""
    (folder / "dist" / "hybrid").mkdir(parents=True)
    (folder / "dist" / "hybrid" / "Fleet.domination.k8s.yaml").write_bytes(b"as it \xff was\r\n")
    before = content(folder / "dist"), (folder / "dist").stat().st_ino, sorted(folder.iterdir())
    done = run(folder)
    *said, count = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stdout) == (1, "")
    assert count == f"{len(said)} problem(s); dist/ is as it was"
    assert len(said) == len(expected), done.stderr
    for line, wanted in zip(said, expected, strict=True):
        start = wanted.removesuffix("...")
        assert line[: len(start) if start != wanted else None] == start
    assert (content(folder / "dist"), (folder / "dist").stat().st_ino, sorted(folder.iterdir())) == before


def broken(folder: Path, case: Case) -> str:
    """Break a file; the line that the program should print."""
    path = folder / case.file
    text = path.read_text()
    assert text.count(case.old), f"tests/facts/{case.file} has no {case.old!r}"
    changed = text.replace(case.old, case.new, 1)
    path.write_text(changed)
    where = changed.index(case.at) if case.at else _first_difference(text, changed)
    return f"{case.file}:{changed.count(chr(10), 0, where) + 1}: {case.said}"


def _first_difference(one: str, other: str) -> int:
    return next(i for i, (a, b) in enumerate(zip(one + "\0", other + "\1", strict=False)) if a != b)
