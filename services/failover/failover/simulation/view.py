"""What a replica sees of the cluster, in the decision's own types, as the shell would make them."""

from failover.config import Config
from failover.decision.collection import Stray
from failover.decision.observed import (
    Host,
    Machine,
    NodeView,
    Observed,
    Probe,
    RecordView,
    Request,
    Server,
    ServerSet,
    Surroundings,
)
from failover.decision.overflow import FleetView
from failover.provider import Place
from failover.record import Attempt, AttemptState
from failover.simulation.cluster import Cluster
from failover.simulation.fleets import Fleets
from failover.simulation.memory import Memory
from failover.simulation.objects import GameServer, Node, Record

OPENED = (AttemptState.OPEN, AttemptState.DRAINING)
"""A node was there when an attempt became this."""

CLOSE = 5.0
"""Seconds before a Lease is stale: from then on every moment counts."""


class View:
    """One look. Ages are seconds since this replica saw the thing itself."""

    def __init__(self, cluster: Cluster, memory: Memory, config: Config) -> None:
        self._cluster, self._api, self._memory, self.config = cluster, cluster.api, memory, config
        self._now = cluster.agenda.now
        self._fleets = Fleets(cluster.api, memory, self._now)

    @property
    def quiet(self) -> bool:
        """Nothing is under way, and nothing about to be."""
        records, nodes = self._api.records.values(), self._api.nodes.values()
        if self._memory.strays or any(each.status.open or each.status.attempts for each in records):
            return False
        return all(each.ready and self._lease_silent(each) < self.config.suspect_after - CLOSE for each in nodes)

    @property
    def close(self) -> bool:
        """A Lease is about to become stale."""
        silent = [self.config.suspect_after - self._lease_silent(each) for each in self._api.nodes.values()]
        return any(-CLOSE <= each <= CLOSE for each in silent)

    # One home node

    def observed(self, name: str) -> Observed:
        node, record = self._api.nodes.get(name), self._api.records.get(name)
        attempts = record.status.attempts if record else ()
        epoch = record.status.home_epoch if record else 0
        return Observed(
            name=name,
            home=self._node(node) if node else None,
            record=_record(record) if record else None,
            lease_silent=self._lease_silent(node) if node else 0.0,
            probe=self._probe(name),
            fine_for=self._fine_for(node) if node else 0.0,
            settled_for=self._settled(node, epoch),
            dark_for=self._dark_for(name, node) if node else 0.0,
            powered_off=name in self._cluster.powered_off,
            servers=tuple(map(_server, self._api.on(name))),
            sets=self._sets(name),
            replacing=self._fleets.replacing(name),
            hosts=tuple(self._host(each) for each in attempts),
            around=self._around(name),
        )

    def _node(self, node: Node) -> NodeView:
        return NodeView(
            name=node.name,
            uid=node.uid,
            version=node.version,
            ready=node.ready,
            unschedulable=node.unschedulable,
            cordon=node.cordon,
            quarantined=node.quarantined,
            out_of_service=node.out_of_service,
            fit=node.fit,
            address=node.address,
            planned=node.planned,
            excluded=node.excluded,
            maintenance=node.maintenance_until > self._now,
        )

    def _lease_silent(self, node: Node) -> float:
        return self._memory.age(self._now, node.lease_at)

    def _probe(self, name: str) -> Probe:
        machine = self._cluster.machines.get(name)
        if machine is None or machine.answers:
            return Probe.ANSWERS
        silent = self._memory.age(self._now, machine.silent_since or 0.0)
        return Probe.SILENT if silent >= self._cluster.scenario.operator.probe else Probe.UNKNOWN

    def _fine_for(self, node: Node) -> float:
        if not node.ready or self._lease_silent(node) >= self.config.suspect_after:
            return 0.0
        return self._memory.age(self._now, max(node.ready_changed, node.fresh_since))

    def _dark_for(self, name: str, node: Node) -> float:
        machine = self._cluster.machines[name]
        if machine.answers:
            return 0.0
        return self._memory.age(self._now, max(node.lease_at, machine.silent_since or 0.0))

    def _settled(self, node: Node | None, epoch: int) -> float:
        if node is None or not epoch or node.cordon != epoch or not node.unschedulable:
            return 0.0
        return self._memory.age(self._now, node.cordoned_at)

    def _sets(self, name: str) -> tuple[ServerSet, ...]:
        """Sets with servers here that are being deleted, and fewer others than they should have.

        What they should carry is of all their servers, wherever: two dead nodes must not undo each other's.
        """
        found = []
        for each in self._api.sets.values():
            servers = self._api.of(each.name)
            here = any(one.deleting and one.node == name for one in servers)
            if here and sum(not one.deleting for one in servers) < each.wanted:
                going = sorted(one.uid for one in servers if one.deleting)
                found.append(ServerSet("games", each.name, each.version, each.wanted, each.nudge, ",".join(going)))
        return tuple(found)

    # Its temporary machines

    def _host(self, attempt: Attempt) -> Host:
        name, node = attempt.vm_name, self._api.nodes.get(attempt.vm_name)
        servers = self._api.on(name)
        return Host(
            number=attempt.number,
            machine=self._memory.machines.get(name, Machine.UNKNOWN),
            node=self._node(node) if node else None,
            lost=node is None and attempt.state in OPENED,
            servers=tuple(map(_server, servers)),
            pods=len(servers),
            settled_for=self._settled(node, attempt.epoch),
            silent_for=self._memory.age(self._now, node.ready_changed) if node and not node.ready else 0.0,
            replacing=self._fleets.replacing(name),
            requests=tuple(
                Request(each.uid, each.name, "", each.approved) for each in self._api.requests.get(name, ())
            ),
            token=self._memory.tokens.get(name),
            cleared=name in self._memory.cleared,
            busy=name in self._memory.busy,
            failed=self._memory.failed.get(name, ""),
        )

    # What is around it

    def _around(self, name: str) -> Surroundings:
        homes = [self._api.nodes[each] for each in self._cluster.homes if each in self._api.nodes]
        site = next((each.site for each in homes if each.name == name), "")
        return Surroundings(
            outage=self._outage(site, [each for each in homes if each.site == site]),
            down=sum(not each.ready for each in homes),
            machines=sum(len(each.status.attempts) for each in self._api.records.values()),
        )

    def _outage(self, site: str, nodes: list[Node]) -> bool:
        """So many of a site silent at once; over when it has not been so for a while."""
        config, outages = self.config, self._memory.outages
        silent = sum(not each.ready or self._lease_silent(each) >= config.suspect_after for each in nodes)
        if nodes and silent >= config.outage_nodes and silent * 100 >= config.outage_percent * len(nodes):
            outages[site] = self._now
        return site in outages and self._now - outages[site] <= config.outage_cooldown

    # What belongs to no home node

    def fleet(self, name: str) -> FleetView:
        return self._fleets.view(name)

    def stray(self, name: str) -> Stray:
        """A machine or temporary node that is nobody's, as far as was last looked for."""
        vm, node = self._cluster.cloud.find(name), self._api.nodes.get(name)
        owner = vm.owner if vm else ""
        record = self._api.records.get(owner)
        servers = self._api.on(name)
        return Stray(
            place=Place(vm.zone if vm else "", name),
            owner=owner,
            age=self._now - self._memory.strays[name],
            machine=vm is not None,
            machine_type=vm.machine_type if vm else "",
            node=self._node(node) if node else None,
            pods=len(servers),
            servers=len(servers),
            record=_record(record) if record else None,
        )


def _record(record: Record) -> RecordView:
    return RecordView(record.uid, record.version, record.status, confirmed_dead=record.confirmed_dead)


def _server(server: GameServer) -> Server:
    name, uid, version = server.name, server.uid, server.version
    return Server("games", name, uid, version, server.state, server.suspect, server.deleting)
