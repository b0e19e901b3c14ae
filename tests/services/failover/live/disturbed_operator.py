"""The operator, badly served: its watches break off all the time, and what it lists anew is what was so long ago.

Both only as far as an API server may do it: an event that was not delivered is delivered by the next watch, and a watch
goes on from the version of the list before it. What must be so now (a quorum's word) is.
"""

import argparse
import logging
from pathlib import Path
from typing import Any

from failover import operator
from kubeclient.error import ApiError, NoAnswerError
from kubeclient.reflector import Reflector
from kubeclient.watch import WatchEvent

BREAK_EVERY, FORGET_EVERY = 4, 5
"""Events until a watch breaks off, and breaks until its version is forgotten, so that all is listed again."""

log = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    given = parser.parse_args()
    break_watches()
    age_lists()
    operator.main(given.settings, given.kubeconfig)


def break_watches() -> None:
    """The event at which a watch breaks is not taken."""
    take = Reflector._take
    events: dict[Any, int] = {}

    def broken(self: Reflector[Any], event: WatchEvent) -> None:
        count = events[self] = events.get(self, 0) + 1
        if count % (BREAK_EVERY * FORGET_EVERY) == 0:
            raise ApiError(410, "Expired", "too old resource version")
        if count % BREAK_EVERY == 0:
            raise NoAnswerError("cut off by the test")
        take(self, event)

    Reflector._take = broken  # type: ignore[method-assign]


def age_lists() -> None:
    """Every list of a kind is the one before it, as by an API server that is behind; what is new comes with the next.

    An old one and no newer would never be caught up with: the next break may come before.
    """
    before: dict[Any, tuple[Any, str]] = {}

    async def aged(self: Reflector[Any]) -> None:
        got = await self._client.list(self.resource, self._namespace, labels=self._labels, fields=self._fields)
        if self in before:
            log.info("%s: an old list", self.resource)
        items, self._version = before.get(self, (got.items, got.version))
        before[self] = got.items, got.version
        self._hear()
        self._store.replace(items)
        self.synced.set()

    Reflector._list = aged  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
