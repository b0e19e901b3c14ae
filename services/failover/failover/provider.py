"""What a cloud must be able to do for a temporary node: six calls, each of which may be repeated.

A name belongs to one attempt of one incident for ever, so a call that was answered or not can be made again: it ends
in the same machine. An error is never taken for an absence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ErrorClass(StrEnum):
    """What a failed call means for what to do next."""

    STOCKOUT = "Stockout"
    """No such machine to be had in this zone now: the next zone, then the next machine type, then wait."""

    QUOTA = "Quota"
    """The project may not have more: stop and tell, since asking again changes nothing."""

    DENIED = "Denied"
    """Credentials or permissions: stop and tell."""

    INVALID = "Invalid"
    """The request itself, such as an image that is not there: stop and tell."""

    CONFLICT = "Conflict"
    """The name is taken by a machine that is not this attempt's."""

    RETRY = "Retry"
    """Throttled, a server error, no answer: the same call again, after a while. It may have been carried out."""


class ProviderError(Exception):
    """A call failed, and how. `message` is the cloud's own."""

    def __init__(self, error_class: ErrorClass, message: str) -> None:
        super().__init__(f"{error_class}: {message}")
        self.error_class, self.message = error_class, message


class InstanceState(StrEnum):
    """A machine's life, in the cloud's eyes."""

    STARTING = "Starting"
    RUNNING = "Running"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a machine is, and its name, which is unique there."""

    zone: str
    name: str


@dataclass(frozen=True, slots=True)
class InstanceRequest:
    """A machine to make, wholly derived from its attempt record: made again, it is the same to the last byte."""

    place: Place
    machine_type: str
    request_id: str
    """A UUID; the cloud carries out a request with the same one once."""

    labels: Mapping[str, str]
    metadata: Mapping[str, str] = field(repr=False)
    """Start-up data, the join token included: never logged."""

    max_run_seconds: int
    """The cloud itself deletes the machine then, though no operator lives."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A machine as the cloud shows it."""

    place: Place
    state: InstanceState
    labels: Mapping[str, str]
    created: datetime
    provider_id: str
    """As the Node's spec.providerID: `gce://<project>/<zone>/<name>`."""

    machine_type: str = ""
    external_addresses: tuple[str, ...] = ()
    internal_addresses: tuple[str, ...] = ()


class Provider(Protocol):
    """A cloud. Every method raises ProviderError, and nothing else; every one may be repeated."""

    async def insert(self, request: InstanceRequest) -> None:
        """Make a machine, and return when the cloud has accepted or (CONFLICT aside) already has it.

        Stockouts and quotas that the cloud reports only later are raised here too: it waits for the operation, within
        a bound, and past that raises RETRY. A machine of this name with the same attempt label is this one: success.
        """

    async def get(self, place: Place) -> Instance | None:
        """The machine, or None if the cloud says that there is none."""

    async def list(self) -> list[Instance]:
        """Every machine with this cluster's label, in all zones. A zone that does not answer is an error."""

    async def delete(self, place: Place, request_id: str) -> None:
        """Delete it; one that is gone is no error. Returns when the cloud has accepted."""

    async def clear_metadata(self, place: Place, keys: tuple[str, ...]) -> None:
        """Remove start-up data, once the node has joined. A machine that is gone is no error."""

    async def start(self, place: Place) -> None:
        """Switch a stopped machine on (capacity source `stopped`). One that runs is no error."""

    async def close(self) -> None:
        """Let go of its connections."""
