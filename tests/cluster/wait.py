"""Waiting for a condition: what every test does instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL_SECONDS = 0.1


class NotYetError(Exception):
    """Raised by a condition to say what is still missing."""


def wait_for(what: str, condition: Callable[[], T | None], seconds: float, interval: float = INTERVAL_SECONDS) -> T:
    """The first truthy answer of `condition`, asked every `interval` seconds.

    An exception counts as "not yet", save AssertionError, which says that it never will be.
    Raises TimeoutError after `seconds`, naming what was waited for and what was seen last.
    """
    end = time.monotonic() + seconds
    while True:
        seen: object
        try:
            if answer := condition():
                return answer
            seen = answer
        except AssertionError:
            raise
        except Exception as error:
            seen = error
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}; last seen: {seen!r}")
        time.sleep(interval)
