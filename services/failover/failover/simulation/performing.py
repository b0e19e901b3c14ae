"""From an action to the cluster: each write as the API server would take it, or refuse it."""

from collections.abc import Callable, Mapping
from typing import Any

from failover.decision import action as do
from failover.decision.observed import Machine
from failover.decision.overflow import SUFFIX
from failover.record import Attempt
from failover.simulation.cloud_calls import CloudCalls
from failover.simulation.cluster import Cluster
from failover.simulation.memory import Memory
from failover.simulation.objects import GameServer, Node, Record
from failover.simulation.timeline import Mark
from failover.status.advice import has

MARKS = {
    "FailoverStarted": Mark.BEGUN,
    "NodeJoined": Mark.JOINED,
    "Completed": Mark.OVER,
}
"""Events of a record that the summary measures to."""

HANDED_OVER = "HandedOver"
"""The condition that a person waits for in a planned failover."""


class ConflictError(Exception):
    """A precondition did not hold: somebody wrote first, or it is gone."""


class Performing:
    """One replica's hands."""

    def __init__(self, cluster: Cluster, memory: Memory, who: str, calls: CloudCalls) -> None:
        self._cluster, self._api, self._memory, self._who, self._calls = cluster, cluster.api, memory, who, calls
        self._by_type: Mapping[type[do.Action], Callable[[str, Any], None]] = {
            do.CreateRecord: self._create_record,
            do.WriteStatus: self._write_status,
            do.FinalStatus: self._write_status,
            do.MarkSuspect: self._mark_suspect,
            do.ClearSuspect: self._clear_suspect,
            do.DeleteServer: self._delete_server,
            do.Nudge: self.nudge,
            do.TaintOutOfService: self._taint,
            do.LiftOutOfService: self._lift,
            do.Cordon: self._cordon,
            do.Uncordon: self._uncordon,
            do.LiftQuarantine: self._admit,
            do.DeleteNode: self._delete_node,
            do.CreateToken: self._create_token,
            do.DeleteToken: self._delete_token,
            do.ApproveRequest: self._approve,
            do.InsertMachine: lambda home, action: calls.insert(home, self._attempt(home, action)),
            do.ClearMachine: lambda home, action: calls.clear(self._attempt(home, action).vm_name),
            do.DeleteMachine: lambda home, action: calls.delete(self._attempt(home, action).vm_name),
            do.DeleteStray: lambda _, action: calls.delete(action.place.name),
            do.CreateOverflow: self._create_overflow,
            do.ChangeOverflow: self._change_overflow,
            do.DeleteOverflow: self._delete_overflow,
        }

    def perform(self, home: str, action: do.Action) -> None:
        """Carry it out. `home` is the node that it is about, if it is about one. Raises ConflictError."""
        self._by_type[type(action)](home, action)

    # Records

    def _create_record(self, _: str, action: do.CreateRecord) -> None:
        if action.node in self._api.records:
            raise ConflictError(action.node)
        self._api.records[action.node] = record = Record(action.node, self._api.uid(action.node))
        self._api.written(record)

    def _write_status(self, home: str, action: do.WriteStatus) -> None:
        record = self._record(home)
        check(record.version, action.version)
        if has(action.status, HANDED_OVER) and not has(record.status, HANDED_OVER):
            self._tell(f"{HANDED_OVER}: {home} may be touched", mark=Mark.HANDED_OVER, node=home)
        known = {each.vm_name for each in record.status.attempts}
        for attempt in action.status.attempts:
            if attempt.vm_name not in known:  # put on record just now: the cloud can't have it yet
                self._memory.machines[attempt.vm_name] = Machine.ABSENT
        record.status = action.status
        if action.event:
            self._tell(f"{action.event}: {action.why}", mark=MARKS.get(action.event), node=home)
        self._api.written(record)

    # Game servers

    def _mark_suspect(self, _: str, action: do.MarkSuspect) -> None:
        server = self._server(action)
        server.suspect = True
        self._tell("allocate no more on", server.name)
        self._api.written(server)

    def _clear_suspect(self, _: str, action: do.ClearSuspect) -> None:
        server = self._server(action)
        server.suspect = False
        self._tell("allocate again on", server.name)
        self._api.written(server)

    def _delete_server(self, home: str, action: do.DeleteServer) -> None:
        server = self._server(action)
        server.deleting = True
        mark = Mark.SOFT_FAILOVER if server.node == home else None
        self._tell(f"delete on {server.node}", server.name, mark, home)
        self._api.written(server)

    def nudge(self, _: str, action: do.Nudge) -> None:
        """One replica less, which the Fleet puts right: an annotation alone would not make Agones look."""
        found = self._api.sets.get(action.name)
        if found is None:
            raise ConflictError(action.name)
        check(found.version, action.version)
        found.nudge = action.value
        self._tell("have Agones look at", action.name)
        self._cluster.agones.resize_set(found, max(0, found.wanted - 1))

    # Nodes

    def _taint(self, _: str, action: do.TaintOutOfService) -> None:
        self._node(action.node, action.version, "declare out of service", out_of_service=True)

    def _lift(self, _: str, action: do.LiftOutOfService) -> None:
        self._node(action.node, action.version, "take back into service", out_of_service=False)

    def _cordon(self, _: str, action: do.Cordon) -> None:
        now = self._cluster.agenda.now
        self._node(action.node, action.version, "cordon", unschedulable=True, cordon=action.epoch, cordoned_at=now)

    def _uncordon(self, _: str, action: do.Uncordon) -> None:
        self._node(action.node, action.version, "uncordon", unschedulable=False, cordon=0)

    def _admit(self, _: str, action: do.LiftQuarantine) -> None:
        self._node(action.node, action.version, "let play", quarantined=False)

    def _delete_node(self, _: str, action: do.DeleteNode) -> None:
        node = self._api.nodes.get(action.node)
        if node is None or node.uid != action.uid:
            raise ConflictError(action.node)
        check(node.version, action.version)
        del self._api.nodes[action.node]
        self._tell("delete node", action.node)
        self._api.changed()

    # An attempt's machine

    def _create_token(self, home: str, action: do.CreateToken) -> None:
        name = self._attempt(home, action).vm_name
        self._api.tokens.add(name)
        self._memory.tokens[name] = True
        self._api.changed()

    def _delete_token(self, home: str, action: do.DeleteToken) -> None:
        name = self._attempt(home, action).vm_name
        self._api.tokens.discard(name)
        self._memory.tokens[name] = False
        self._api.changed()

    def _approve(self, home: str, action: do.ApproveRequest) -> None:
        name = self._attempt(home, action).vm_name
        request = next((each for each in self._api.requests.get(name, ()) if each.uid == action.uid), None)
        if request is None:
            raise ConflictError(action.name)
        self._cluster.cloud.approved(request, name)

    # Overflow Fleets

    def _create_overflow(self, _: str, action: do.CreateOverflow) -> None:
        name = action.fleet + SUFFIX
        if name in self._api.sets:
            raise ConflictError(name)
        self._tell(f"make a Fleet of {action.replicas}", name)
        self._cluster.agones.create_fleet(name, action.replicas, self._api.sets[action.fleet].start, action.fleet)

    def _change_overflow(self, _: str, action: do.ChangeOverflow) -> None:
        name = action.fleet + SUFFIX
        check(self._api.sets[name].version, action.version)
        self._tell(f"size to {action.replicas}", name)
        self._cluster.agones.scale(name, action.replicas)

    def _delete_overflow(self, _: str, action: do.DeleteOverflow) -> None:
        name = action.fleet + SUFFIX
        check(self._api.sets[name].version, action.version)
        self._tell("delete the Fleet", name)
        self._cluster.agones.delete_fleet(name)

    # What they share

    def _record(self, home: str) -> Record:
        if home not in self._api.records:
            raise ConflictError(home)
        return self._api.records[home]

    def _attempt(self, home: str, action: Any) -> Attempt:
        for attempt in self._record(home).status.attempts:
            if attempt.number == action.number:
                return attempt
        raise ConflictError(f"{home}: no attempt {action.number}")

    def _server(self, action: do.MarkSuspect | do.ClearSuspect | do.DeleteServer) -> GameServer:
        server = self._api.servers.get(action.name)
        if server is None or server.uid != action.uid:
            raise ConflictError(action.name)
        check(server.version, action.version)
        return server

    def _node(self, name: str, version: str, what: str, **fields: object) -> None:
        node: Node | None = self._api.nodes.get(name)
        if node is None:
            raise ConflictError(name)
        check(node.version, version)
        for field, value in fields.items():
            setattr(node, field, value)
        self._tell(what, name)
        self._api.written(node)

    def _tell(self, what: str, thing: str = "", mark: Mark | None = None, node: str = "") -> None:
        self._cluster.timeline.add(self._who, what, thing, mark=mark, node=node)


def check(found: str, wanted: str) -> None:
    """Raises ConflictError unless both are the same resourceVersion."""
    if found != wanted:
        raise ConflictError(f"resourceVersion {found}, not {wanted}")
