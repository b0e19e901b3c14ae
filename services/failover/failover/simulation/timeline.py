"""What happened, in order: seconds, who, what."""

from dataclasses import dataclass
from enum import StrEnum

from failover.simulation.agenda import Agenda


class Mark(StrEnum):
    """A moment that the summary measures to."""

    TROUBLE = "trouble"
    BEGUN = "incident begun"
    REQUESTED = "VM requested"
    JOINED = "node joined"
    NOT_READY = "NotReady"
    SOFT_FAILOVER = "servers given up"
    REPLACED = "first replacement Ready"
    FULL = "full capacity"
    HANDED_OVER = "handed over"
    OVER = "completed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. What is said of several `things` at about the same time is shown as one line."""

    at: float
    who: str
    what: str
    thing: str = ""
    mark: Mark | None = None
    node: str = ""
    """The home node that the mark is about; empty when it is about all."""

    detail: bool = False
    """Of use to who looks for a reason; left out of what a person reads first."""


class Timeline:
    """Everybody writes, nobody reads while it goes on."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self.entries: list[Entry] = []

    def add(
        self, who: str, what: str, thing: str = "", *, mark: Mark | None = None, node: str = "", detail: bool = False
    ) -> None:
        self.entries.append(Entry(round(self._agenda.now, 3), who, what, thing, mark, node, detail))
