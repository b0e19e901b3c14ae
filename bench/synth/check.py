"""`python -m bench.synth.check OURS THEIRS N`: every object of theirs is ours, and there are N.

A process of its own: thousands of parsed objects in the runner would count as each generator's memory.
"""

import json
import sys
from pathlib import Path

from bench.synth.objects import read


def main(ours_folder: Path, theirs_folder: Path, count: int) -> None:
    ours, theirs = read(ours_folder), read(theirs_folder)
    if len(ours) != count:
        sys.exit(f"{len(ours)} objects in ours instead of {count}")
    differing = [each for each in sorted(ours.keys() | theirs.keys()) if ours.get(each) != theirs.get(each)]
    if differing:
        first = differing[0]
        said = f"ours:   {_line(ours.get(first))}\ntheirs: {_line(theirs.get(first))}"
        sys.exit(f"{len(differing)} objects differ, the first of them is {' '.join(first)}\n{said}")


def _line(body: object) -> str:
    return json.dumps(body, sort_keys=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
