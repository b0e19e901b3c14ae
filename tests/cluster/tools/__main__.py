"""Make every tool, or those named: `python -m tests.cluster.tools [NAME...]`. Prints where they lie."""

import sys

from homeground.problem import ProblemsError
from tests.cluster.tools import NAMES, tool


def main(names: list[str]) -> int:
    wanted = names or list(NAMES)
    for place, name in enumerate(wanted, start=1):
        try:
            path = tool(name, f"{place}/{len(wanted)}")
        except ProblemsError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        except KeyboardInterrupt:
            sys.stderr.write("\ntools: stopped; what was made stays, the rest is made the next time\n")
            return 130
        sys.stdout.write(f"{name:24} {path}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
