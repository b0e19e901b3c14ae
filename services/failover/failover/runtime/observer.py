"""What is seen of one home node, put together: the nodes first, then the record, then the rest (rule 4 of the design).

In that order a record that says Open can't be older than the node that is opened by it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from failover import words
from failover.config import Config
from failover.decision.observed import (
    Host,
    NodeView,
    Observed,
    Probe,
    RecordView,
    Request,
    Server,
    Surroundings,
)
from failover.provider import Place
from failover.record import Attempt, AttemptState
from failover.runtime import fleets, nudges, views
from failover.runtime.ages import Ages, Lasting
from failover.runtime.caches import Caches
from failover.runtime.machines import Known
from failover.runtime.source import Source
from kubeclient.clock import Clock
from kubeclient.resources import Json

TRIES = 3
"""To read nodes and record as of one set of attempts."""


class UnsteadyError(Exception):
    """The attempts on record changed while their nodes were read: look again."""


@dataclass
class Signs:
    """What this replica has noticed over time, and what others find out for it."""

    clock: Clock
    caches: Caches
    probe: Callable[[str], Probe]
    dark_for: Callable[[str], float]
    powered_off: Callable[[str], bool]
    requests_of: Callable[[RecordView, Attempt, Iterable[Json]], tuple[Request, ...]]
    """The signing requests that were made with an attempt's token, each with what is wrong with it."""

    around: Callable[[str], Surroundings]

    def __post_init__(self) -> None:
        self.beats = Ages(self.clock)
        self.cordons = Ages(self.clock)
        self.nudged, self.lacking = Ages(self.clock), Ages(self.clock)
        self.well, self.silent = Lasting(self.clock), Lasting(self.clock)
        self.tokens: dict[str, bool] = {}
        """By machine: whether its token is there, as far as this replica made or deleted it."""

        self.cleared: set[str] = set()
        self.opened: set[str] = set()
        """Machines that this replica has seen open, or draining, on record."""


class Observer:
    """Makes Observed of a Source. It writes nothing but the ages of what it sees."""

    def __init__(self, signs: Signs, config: Config) -> None:
        self._signs, self._config = signs, config

    async def observe(self, name: str, source: Source) -> Observed:
        """Raises UnsteadyError, and whatever the source raises."""
        signs = self._signs
        opened = frozenset(signs.opened)
        home, nodes, record = await self._nodes_then_record(name, source)
        signs.opened |= {each.vm_name for each in _attempts(record) if each.opened_at}
        view = self._view(home) if home else None
        silent = signs.beats.see(name, await source.beat(name))
        fine = view is not None and view.ready and silent < self._config.suspect_after
        hosts = [await self._host(record, each, nodes[each.vm_name], source) for each in _attempts(record)]
        hosts = [
            replace(host, lost=host.node is None and each.vm_name in opened)
            for host, each in zip(hosts, _attempts(record), strict=True)
        ]
        located = [each.server for each in await source.servers(name)]
        # Nothing is waited for from here to the decision: what it counts on is as of one moment.
        return Observed(
            name=name,
            home=view,
            record=record,
            lease_silent=silent,
            probe=signs.probe(name),
            fine_for=signs.well.note(name, fine),
            settled_for=self._settled(view),
            dark_for=signs.dark_for(name),
            powered_off=signs.powered_off(name),
            servers=_in_order(located),
            sets=tuple(nudges.to_nudge(signs.caches, signs.nudged, name)),
            replacing=fleets.replacing(signs.caches, signs.lacking, name),
            hosts=tuple(hosts),
            around=signs.around(name),
        )

    async def _nodes_then_record(
        self, name: str, source: Source
    ) -> tuple[Json | None, dict[str, Json | None], RecordView | None]:
        known = self._signs.caches.records.objects.get(("", name))
        expected = _attempts(views.record(known)) if known else ()
        for _ in range(TRIES):
            home = await source.node(name)
            nodes = {each.vm_name: await source.node(each.vm_name) for each in expected}
            found = await source.record(name)
            record = views.record(found) if found else None
            expected = _attempts(record)
            if all(each.vm_name in nodes for each in expected):
                return home, nodes, record
        raise UnsteadyError(name)

    async def _host(self, record: RecordView | None, attempt: Attempt, node: Json | None, source: Source) -> Host:
        assert record is not None
        signs, name = self._signs, attempt.vm_name
        known = await source.machine(Place(attempt.zone, name))
        view = self._view(node, await source.drivers(name), _address(known)) if node else None
        silent = signs.silent.note(name, view is not None and not view.ready)
        may_play = attempt.state is not AttemptState.REQUESTED
        located = [each.server for each in await source.servers(name)] if may_play else []
        return Host(
            number=attempt.number,
            machine=known.machine,
            node=view,
            servers=_in_order(located),
            replacing=fleets.replacing(signs.caches, signs.lacking, name),
            pods=await source.pods(name) if may_play else 0,
            settled_for=self._settled(view),
            silent_for=silent,
            requests=signs.requests_of(record, attempt, await source.requests()),
            token=signs.tokens.get(name),
            cleared=name in signs.cleared,
            busy=known.busy,
            failed=known.failed,
        )

    def _view(self, node: Json, drivers: frozenset[str] = frozenset(), address: str = "") -> NodeView:
        return views.node(node, self._config, self._signs.clock.now(), drivers, address)

    def _settled(self, view: NodeView | None) -> float:
        """Since this replica saw the node carry the cordon that it carries."""
        if view is None or not view.unschedulable or not view.cordon:
            return 0.0
        return self._signs.cordons.see(view.name, view.cordon)


def _attempts(record: RecordView | None) -> tuple[Attempt, ...]:
    return record.status.attempts if record else ()


def _address(known: Known) -> str:
    """Where players reach the machine: the cloud's word, for its Node tells addresses of the network only."""
    return next(iter(known.instance.external_addresses), "") if known.instance else ""


def _in_order(servers: Iterable[Server]) -> tuple[Server, ...]:
    return tuple(sorted(servers, key=lambda each: (each.namespace, each.name)))


def with_server(seen: Observed, uid: str, **fields: Any) -> Observed:
    """What is seen once that server, at home or on a machine that stands in, is changed by us."""

    def changed(servers: tuple[Server, ...]) -> tuple[Server, ...]:
        return tuple(replace(each, **fields) if each.uid == uid else each for each in servers)

    hosts = tuple(replace(each, servers=changed(each.servers)) for each in seen.hosts)
    return replace(seen, servers=changed(seen.servers), hosts=hosts)


def is_ours(node: str) -> bool:
    """A temporary node, by its name, which admission keeps for them."""
    return node.startswith(words.PREFIX)
