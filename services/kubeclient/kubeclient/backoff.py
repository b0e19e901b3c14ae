"""How long to wait after a failure, and after the next."""

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Twice as long each time, from `first` to `cap` seconds.

    Each wait is a random part of that, a half of it at least: those whom one outage hit don't all come back at once.
    """

    first: float = 0.2
    cap: float = 30.0
    draw: random.Random = field(default_factory=random.Random, repr=False)
    failures: int = 0

    def next(self) -> float:
        """The seconds to wait after one more failure."""
        # 2.0**1024 overflows; the cap is reached long before.
        whole = min(self.cap, self.first * 2.0 ** min(self.failures, 64))
        self.failures += 1
        return whole * self.draw.uniform(0.5, 1)

    def reset(self) -> None:
        """It went well: the next failure is a first one."""
        self.failures = 0
