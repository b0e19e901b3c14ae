"""What is to happen when, in one order: by time, and at one time in the order it was put down."""

import heapq
from collections.abc import Callable

Task = Callable[[], None]


class Agenda:
    """A clock that jumps from one thing to the next. `now` is seconds from the beginning."""

    def __init__(self) -> None:
        self.now = 0.0
        self._tasks: list[tuple[float, int, Task]] = []
        self._count = 0

    def at(self, time: float, task: Task) -> None:
        """Have it done at a time; one that is over counts as now."""
        self._count += 1
        heapq.heappush(self._tasks, (max(time, self.now), self._count, task))

    def after(self, seconds: float, task: Task) -> None:
        self.at(self.now + seconds, task)

    def every(self, seconds: float, task: Task, phase: float = 0) -> None:
        """Again and again, for the first time after `phase`."""

        def turn() -> None:
            task()
            self.after(seconds, turn)

        self.after(phase, turn)

    def run(self, until: float) -> None:
        """Everything up to a time, that included."""
        while self._tasks and self._tasks[0][0] <= until:
            self.now, _, task = heapq.heappop(self._tasks)
            task()
        self.now = until


class Once:
    """A task that several may ask for, and that is done once for all of them, a moment later."""

    def __init__(self, agenda: Agenda, task: Task, seconds: float = 0) -> None:
        self._agenda, self._task, self._seconds = agenda, task, seconds
        self._asked = False

    def ask(self) -> None:
        if not self._asked:
            self._asked = True
            self._agenda.after(self._seconds, self._run)

    def _run(self) -> None:
        self._asked = False
        self._task()
