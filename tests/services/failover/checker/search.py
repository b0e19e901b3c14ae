"""Explore every order of steps, breadth first, so that what is found is the shortest way there.

States are told apart by a 64-bit hash: with ten million of them the chance that any two share one is about one in
three hundred thousand. Whether every state can still end well is told from the edges, backwards.
"""

from array import array
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.services.failover.checker import environment, replica
from tests.services.failover.checker.environment import FAULT, REPAIR, Step
from tests.services.failover.checker.world import World

Check = Callable[[World], str]


@dataclass
class Result:
    """What an exploration found. `trace` is the steps to the first state in which something is wrong."""

    states: int = 0
    exhausted: bool = False
    wrong: str = ""
    trace: list[str] = field(default_factory=list)
    stuck: int = 0
    stranded: int = 0


def successors(world: World) -> Iterator[Step]:
    for index in range(len(world.replicas)):
        yield from replica.steps(world, index)
    yield from environment.steps(world)


def fingerprint(world: World) -> int:
    """The hash of a dataclass holds no class: a machine's deletion would be taken for its token's."""
    return hash((world, *(type(each.pending) for each in world.replicas)))


class Search:
    """One exploration. `limit` bounds the states; without `liveness` no edges are kept."""

    def __init__(self, start: World, check: Check, limit: int, *, liveness: bool = True) -> None:
        self._check, self._limit, self._liveness = check, limit, liveness
        self._index: dict[int, int] = {fingerprint(start): 0}
        self._parent, self._label = array("I", [0]), [""]
        self._labels: dict[str, int] = {}
        self._step = array("H", [0])
        self._from, self._to, self._kind = array("I"), array("I"), array("B")
        self._good = bytearray([start.clean])
        self._active = bytearray([not _failed(start) or start.standing_in])
        self._queue = deque([(0, start)])

    def run(self) -> Result:
        """Raises nothing: what is wrong is in the result."""
        while self._queue:
            index, world = self._queue.popleft()
            if wrong := world.killed or self._check(world):
                return Result(len(self._index), False, wrong, self._trace(index))
            if len(self._index) >= self._limit:
                return Result(len(self._index), False)
            for kind, what, after in successors(world):
                self._visit(index, kind, what, after)
        result = Result(len(self._index), True)
        if self._liveness:
            self._judge(result)
        return result

    def _visit(self, index: int, kind: int, what: str, after: World) -> None:
        print_ = fingerprint(after)
        known = self._index.get(print_)
        if known is None:
            known = self._index[print_] = len(self._index)
            self._parent.append(index)
            self._step.append(self._labels.setdefault(what, len(self._labels)))
            self._good.append(after.clean)
            self._active.append(not _failed(after) or after.standing_in)
            self._queue.append((known, after))
        if self._liveness and kind != FAULT:
            self._from.append(index)
            self._to.append(known)
            self._kind.append(kind)

    def _judge(self, result: Result) -> None:
        """L2: without further faults all can end with nothing left. L1: a dead home node can be stood in for."""
        clean = self._reaching(self._good, repairs=True)
        active = self._reaching(self._active, repairs=False)
        result.stuck, result.stranded = clean.count(0), active.count(0)
        for found, wrong in ((clean, "L2: something is left for ever"), (active, "L1: never stood in for")):
            if found.count(0) and not result.wrong:
                result.wrong, result.trace = wrong, self._trace(found.index(0))

    def _reaching(self, good: bytearray, *, repairs: bool) -> bytearray:
        """Which states can reach a good one, by edges that are no faults (and, if so asked, no repairs)."""
        reach = bytearray(good)
        edges = [i for i in range(len(self._from)) if repairs or self._kind[i] != REPAIR]
        while True:
            rest = []
            for i in reversed(edges):
                if reach[self._to[i]]:
                    reach[self._from[i]] = 1
                elif not reach[self._from[i]]:
                    rest.append(i)
            if len(rest) == len(edges):
                return reach
            edges = rest[::-1]

    def _trace(self, index: int) -> list[str]:
        names = list(self._labels)
        steps = []
        while index:
            steps.append(names[self._step[index]])
            index = self._parent[index]
        return steps[::-1]


def _failed(world: World) -> bool:
    """The home node is dead for as long as nobody repairs it."""
    return not world.home.alive or not world.home.reachable
