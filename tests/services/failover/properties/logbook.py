"""What the program logs, looked through for what it never should: an error that is nobody's fault but its own."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from failover.provider import ProviderError
from failover.runtime.observer import UnsteadyError
from failover.runtime.operator import StaleError
from kubeclient.error import ApiError

EXPECTED = (ApiError, ProviderError, UnsteadyError, StaleError)


class Logbook(logging.Handler):
    """Collects the unexpected."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.wrong: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if record.levelno >= logging.ERROR and not isinstance(error, EXPECTED):
            self.wrong.append(f"{record.getMessage()}: {error!r}")


@contextmanager
def logged() -> Iterator[Logbook]:
    """What is logged in this block."""
    book, log = Logbook(), logging.getLogger("failover")
    log.addHandler(book)
    log.propagate = False
    try:
        yield book
    finally:
        log.propagate = True
        log.removeHandler(book)
