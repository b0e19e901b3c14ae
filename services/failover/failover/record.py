"""NodeFailover: what the operator knows of one home node across restarts, and the lock that keeps replicas apart.

Its name is the node's, so two replicas that begin an incident collide on it; every change of its status names the
resourceVersion it was decided on. The CRD is written from these types (crd.py).
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

API_VERSION, KIND, PLURAL = "homeground.dev/v1", "NodeFailover", "nodefailovers"
HISTORY = 20
"""Past incidents that a record keeps."""


class Phase(StrEnum):
    """The incident in one word, for people. Nothing is decided on it."""

    IDLE = "Idle"
    PROVISIONING = "Provisioning"
    ACTIVE = "Active"
    RECOVERING = "Recovering"
    DRAINING = "Draining"
    RETIRING = "Retiring"
    COMPLETED = "Completed"


class Reason(StrEnum):
    """Why an incident began."""

    SUSPECTED = "Suspected"
    NOT_READY = "NotReady"
    PLANNED = "Planned"
    ADOPTED = "Adopted"
    """A machine of ours without a record was found, with a node that may play."""


class AttemptState(StrEnum):
    """A temporary machine's way. It only goes forward, but for Draining, which may become Open again."""

    REQUESTED = "Requested"
    """Written before the cloud is asked. The node, if there is one, is in quarantine: nothing can be lost with it."""

    OPEN = "Open"
    """May play. At most one of an incident is."""

    DRAINING = "Draining"
    """Cordoned; its matches play on."""

    RETIRED = "Retired"
    """The point of no return: machine, node and token are to go."""


class EvidenceKind(StrEnum):
    """Where it is known from that a machine is dead, not merely silent."""

    POWERED_OFF = "PoweredOff"
    CONFIRMED = "Confirmed"
    DARK = "Dark"


class Attempt(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One machine, from before the cloud was asked until nothing of it is left."""

    number: Annotated[int, Meta(ge=1, description="Of this record, never used again.")]
    zone: str
    machine_type: str
    vm_name: Annotated[str, Meta(description="Of the machine and of its node.")]
    request_id: str
    requested_at: datetime
    state: AttemptState = AttemptState.REQUESTED
    csr: Annotated[str, Meta(description="uid of the one signing request that may be approved.")] = ""
    opened_at: datetime | None = None
    draining_at: datetime | None = None
    epoch: Annotated[int, Meta(ge=0, description="Of its drain: what its cordon must carry to count.")] = 0
    forced: Annotated[bool, Meta(description="Retired though matches were on it: the maximum wait was over.")] = False
    error: Annotated[str, Meta(description="Why it failed: a class of error.")] = ""
    suspected: Annotated[bool, Meta(description="It may be dead: nobody new is sent there.")] = False


class Evidence(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """That the machine is dead. It counts for the incident it names alone."""

    kind: EvidenceKind
    incident: int
    at: datetime
    spent: Annotated[bool, Meta(description="The machine was heard of since: it was not dead, or is not any more.")] = (
        False
    )


class Past(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An incident that is over."""

    incident: int
    reason: Reason
    started_at: datetime
    ended_at: datetime
    active_after_seconds: Annotated[float | None, Meta(description="From its beginning until a machine was open.")] = (
        None
    )


class Condition(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """metav1.Condition."""

    type: str
    status: Annotated[str, Meta(pattern="^(True|False|Unknown)$")]
    reason: str
    message: str = ""
    last_transition_time: datetime
    observed_generation: int = 0


class Status(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """NodeFailover.status."""

    observed_generation: int = 0
    phase: Phase = Phase.IDLE
    incident: Annotated[int, Meta(ge=0, description="Number of the incident under way, or of the last one.")] = 0
    open: Annotated[bool, Meta(description="An incident is under way.")] = False
    reason: Reason | None = None
    started_at: datetime | None = None
    active_at: datetime | None = None
    recovered_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    attempt_count: Annotated[int, Meta(ge=0, description="The last attempt's number.")] = 0
    last_failure_at: datetime | None = None
    last_error: Annotated[str, Meta(description="Why: a class of error.")] = ""
    failures: Annotated[int, Meta(ge=0, description="Attempts of this incident that failed.")] = 0
    epoch: Annotated[int, Meta(ge=0, description="The last drain's number.")] = 0
    home_epoch: Annotated[
        int, Meta(ge=0, description="Of the home node's own drain (planned failover); 0 is none.")
    ] = 0
    flaps: Annotated[int, Meta(ge=0, description="Times in this incident that the node came back and went again.")] = 0
    evidence: Evidence | None = None
    public_endpoint: Annotated[str, Meta(description="Where players reach the open machine.")] = ""
    sessions: Annotated[int, Meta(ge=0, description="Matches that a drain waits for.")] = 0
    blocked: Annotated[str, Meta(description="Why nothing is done though something should be.")] = ""
    history: tuple[Past, ...] = ()
    conditions: tuple[Condition, ...] = ()
