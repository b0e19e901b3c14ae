"""What is wrong, where, and what would be right. Every check in the project yields these."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend. `line` is 0 where a file has no line for it (a missing file, a rendered object)."""

    file: str
    line: int
    field: str
    found: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        field = f" {self.field}:" if self.field else ""
        return f"{where}:{field} found {self.found}, expected {self.expected}"


class ProblemsError(Exception):
    """Input that cannot be used, with every problem found at once.

    Raised by loading facts, by the seam checks and by validation; main.py prints it and exits with 1.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise ProblemsError if there is any problem."""
    if found := list(problems):
        raise ProblemsError(found)


def suggestion(word: str, known: Iterable[str]) -> str:
    """` (did you mean X?)` for a near-miss of a known word, else nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""
