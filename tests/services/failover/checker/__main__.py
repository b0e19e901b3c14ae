"""`python -m tests.services.failover.checker`: larger worlds than the tests have time for, and rules taken away.

... checker 1 1 1 0 1                  one world: slow and quick replicas, faults, crashes, matches
... checker --mutants                  each rule removed in turn: what breaks, after how many states and steps
"""

import argparse
import resource
import sys
import time

from tests.services.failover.checker.mutants import MUTANTS, explored
from tests.services.failover.checker.properties import wrong
from tests.services.failover.checker.search import Result, Search
from tests.services.failover.checker.world import first

LIMIT = 10_000_000


def main() -> int:
    """1 if a promise is broken, or a rule is not needed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.services.failover.checker",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bounds", type=int, nargs="*", help="slow quick faults crashes matches")
    parser.add_argument("--mutants", action="store_true", help="take each rule away in turn")
    parser.add_argument("--limit", type=int, default=LIMIT, help=f"states to give up after ({LIMIT})")
    given = parser.parse_args()
    if given.mutants:
        return mutants(given.limit)
    if len(given.bounds) != 5:
        parser.error("five bounds: slow quick faults crashes matches")
    slow, quick, faults, crashes, matches = given.bounds
    begun = time.monotonic()
    result = Search(first(slow, quick, faults, crashes, matches), wrong, given.limit).run()
    say(f"{told(result)}; {time.monotonic() - begun:.0f} s, {memory():.1f} GiB")
    for step in result.trace:
        say(f"  {step}")
    return int(bool(result.wrong))


def mutants(limit: int) -> int:
    say("| rule removed | states | steps | broken |\n|---|---|---|---|")
    needless = 0
    for mutant in MUTANTS:
        result = explored(mutant, limit)
        broken = result.wrong or ("none in all of them" if result.exhausted else "none within the bound")
        say(f"| {mutant.rule} | {result.states:,} | {len(result.trace)} | {broken} |")
        needless += not result.wrong
    return int(bool(needless))


def told(result: Result) -> str:
    how = "all" if result.exhausted else "the first"
    return f"{how} {result.states:,} states: {result.wrong or 'every promise holds'}"


def memory() -> float:
    """GiB at the most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
