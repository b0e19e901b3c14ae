"""`python -m homeground.validation [folder]`: the stage alone."""

import sys
import time
from pathlib import Path

from homeground.problem import ProblemsError
from homeground.validation import check


def main(arguments: list[str]) -> int:
    """`python -m homeground.validation [folder]`: what was checked goes to stderr; 1 with any problem."""
    started = time.perf_counter()
    folder = Path(arguments[0] if arguments else "dist")
    try:
        rendered = check(folder)
    except ProblemsError as error:
        sys.stderr.write(f"{error}\nvalidation: {len(error.problems)} problem(s) in {folder}\n")
        return 1
    count = len({(item.manifest["apiVersion"], item.manifest["kind"]) for item in rendered})
    seconds = time.perf_counter() - started
    sys.stderr.write(f"validation: {len(rendered)} objects of {count} kinds in {folder}, {seconds:.2f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
