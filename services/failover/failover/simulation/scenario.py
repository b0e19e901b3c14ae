"""What a simulation is told: a cluster, how long things take in it, and what happens to it. All times are seconds."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from failover.provider import ErrorClass

Seconds = Annotated[float, Meta(ge=0)]
Span = Annotated[float, Meta(gt=0)]
Number = Annotated[int, Meta(ge=1)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]


class Fact(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Base of all: immutable, camelCase in YAML, unknown fields refused."""


class HomeNode(Fact, frozen=True, kw_only=True):
    """A machine at home."""

    name: Name
    room: Annotated[int, Meta(ge=1, description="Game servers that fit.")] = 4
    site: str = "home"
    renew: Annotated[float, Meta(gt=0, description="Between two renewals of its Lease: kubelet's default is 10.")] = 10
    restart: Annotated[float, Meta(ge=0, description="From power to kubelet.")] = 40


class Fleet(Fact, frozen=True, kw_only=True):
    """A fleet of fixed size, or with `buffer` one that an autoscaler keeps that many Ready servers in."""

    name: Name
    replicas: Annotated[int, Meta(ge=0)] = 0
    buffer: Annotated[int, Meta(ge=0)] = 0
    start: Annotated[float, Meta(ge=0, description="From a node to Ready: micro-VM, game, its first health ping.")] = 6


class Matches(Fact, frozen=True, kw_only=True):
    """Demand: `count` matches at once, once or `every` so often `until` then."""

    fleet: Name
    at: Seconds = 0
    lasts: Span
    count: Number = 1
    every: Annotated[float, Meta(ge=0, description="0: once.")] = 0
    until: Seconds = 0


class Cloud(Fact, frozen=True, kw_only=True):
    """The cloud, and what a new machine does until it plays."""

    zones: Annotated[tuple[str, ...], Meta(min_length=1)] = ("zone-a", "zone-b", "zone-c")
    machine_types: Annotated[tuple[str, ...], Meta(min_length=1)] = ("n2-standard-8",)
    room: Number = 4
    call: Annotated[float, Meta(ge=0, description="A short call's answer.")] = 0.2
    operation: Annotated[float, Meta(ge=0, description="From insert until the machine runs, or was refused.")] = 8
    boot: Annotated[float, Meta(ge=0, description="From running until its kubelet asks for a certificate.")] = 20
    sign: Annotated[float, Meta(ge=0, description="From approval until it has its certificate and a Node.")] = 0.5
    ready: Annotated[float, Meta(ge=0, description="From Node to Ready: network plugin, runtime handler.")] = 6
    delete: Annotated[float, Meta(ge=0, description="From delete until the machine is no more.")] = 30


class Operator(Fact, frozen=True, kw_only=True):
    """The operator's replicas. `config` are fields of failover.config.Config that differ from their defaults."""

    replicas: Annotated[int, Meta(ge=1, le=5)] = 1
    write: Annotated[float, Meta(ge=0, description="From a decision until its write is done.")] = 0.02
    tick: Annotated[float, Meta(gt=0, description="At the latest after this everything is looked at again ...")] = 0.5
    calm: Annotated[float, Meta(gt=0, description="... or after this, when nothing has happened for a while.")] = 2
    probe: Annotated[float, Meta(ge=0, description="Until an unanswered probe counts as silence.")] = 3
    poll: Annotated[float, Meta(gt=0, description="Between two lists of the cloud's machines.")] = 20
    takeover: Annotated[
        float, Meta(ge=0, description="Until another replica leads when the leader is gone. 0: all act, unelected.")
    ] = 15
    config: dict[str, Any] = {}


class ControlPlane(Fact, frozen=True, kw_only=True):
    """Kubernetes' and Agones' own times, their defaults as of Kubernetes 1.35 and Agones 1.59."""

    grace: Annotated[float, Meta(gt=0, description="node-monitor-grace-period.")] = 50
    monitor: Annotated[float, Meta(gt=0, description="node-monitor-period.")] = 5
    pod_gc: Annotated[float, Meta(gt=0, description="Between two rounds of the pod garbage collector.")] = 20
    orphan: Annotated[float, Meta(ge=0, description="Until pods of a deleted Node are collected.")] = 40
    resync: Annotated[float, Meta(gt=0, description="Of Agones' informers.")] = 30
    end: Annotated[float, Meta(ge=0, description="A game server's graceful end.")] = 2
    patience: Annotated[float, Meta(ge=0, description="Players leave a frozen server after this.")] = 30


class CloudError(Fact, frozen=True, kw_only=True):
    """Every call to the cloud fails, for a while."""

    kind: ErrorClass
    seconds: Span


class Maintenance(Fact, frozen=True, kw_only=True):
    """The annotation `maintenance-until`."""

    node: str
    until: Seconds


class Happening(Fact, frozen=True, kw_only=True):
    """One thing that happens, at a time. Exactly one of the other fields is given."""

    at: Seconds
    die: Annotated[str, Meta(description="This node's machine loses power.")] = ""
    revive: Annotated[str, Meta(description="It is switched on again.")] = ""
    partition: Annotated[str, Meta(description="This node can't reach the cluster; players still reach it.")] = ""
    detour: Annotated[str, Meta(description="As partition, but probes over the public path are answered.")] = ""
    hang: Annotated[str, Meta(description="This node's machine stands still, its matches too.")] = ""
    heal: Annotated[str, Meta(description="The end of partition, detour or hang.")] = ""
    plan: Annotated[str, Meta(description="A person asks for this node's planned failover.")] = ""
    unplan: Annotated[str, Meta(description="A person takes that back.")] = ""
    exclude: Annotated[str, Meta(description="A person excludes this node.")] = ""
    include: Annotated[str, Meta(description="A person takes that back.")] = ""
    maintain: Maintenance | None = None
    confirm_dead: Annotated[str, Meta(description="A person has seen this node's machine dead.")] = ""
    power_off: Annotated[str, Meta(description="As die, and Redfish says so.")] = ""
    preempt: Annotated[str, Meta(description="The cloud takes the machines that stand in for this node.")] = ""
    stockout: Annotated[str, Meta(description="This zone has no machines.")] = ""
    restock: Annotated[str, Meta(description="It has again.")] = ""
    cloud_error: CloudError | None = None
    crash: Annotated[int, Meta(ge=0, description="This replica of the operator ends, from 1.")] = 0
    restart: Annotated[int, Meta(ge=0, description="It begins anew.")] = 0
    pause: Annotated[str, Meta(description="A reason why nothing new is begun.")] = ""
    resume: Annotated[str, Meta(description="The reason that no longer holds.")] = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The fields that are given, as Python names them."""
        return tuple(name for name in self.__struct_fields__ if name != "at" and getattr(self, name))

    @property
    def node(self) -> str:
        """The home node it is about, if it is about one."""
        if self.maintain:
            return self.maintain.node
        return "".join(getattr(self, name) for name in self.kinds if name in OF_NODES)


OF_NODES = {
    "die", "revive", "partition", "detour", "hang", "heal", "plan", "unplan", "exclude", "include", "confirm_dead",
    "power_off", "preempt",
}  # fmt: skip
"""Happenings whose value is a home node."""


class Scenario(Fact, frozen=True, kw_only=True):
    """All of it."""

    about: Annotated[str, Meta(min_length=1)]
    lasts: Span
    nodes: Annotated[tuple[HomeNode, ...], Meta(min_length=1)]
    fleets: tuple[Fleet, ...] = ()
    matches: tuple[Matches, ...] = ()
    cloud: Cloud = Cloud()
    operator: Operator = Operator()
    control_plane: ControlPlane = ControlPlane()
    events: tuple[Happening, ...] = ()
