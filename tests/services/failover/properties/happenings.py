"""What may befall a site and its operators. Each is done in a moment; `pick` says which of several it befalls."""

from collections.abc import Callable, Mapping

from failover import words
from kubeclient.resources import GAME_SERVERS, NODE_FAILOVERS, NODES, Json
from tests.doubles.kubernetes.routes import Call
from tests.services.failover.properties.agones import state
from tests.services.failover.properties.api import GAMES
from tests.services.failover.properties.machine import Machine
from tests.services.failover.properties.site import Site

Happening = Callable[[Site, int], None]

# Machines


def _home(befalls: Callable[[Machine], None]) -> Happening:
    return lambda site, pick: befalls(site.homes[pick % len(site.homes)])


def _temporary(befalls: Callable[[Machine], None]) -> Happening:
    def happen(site: Site, pick: int) -> None:
        machines = [site.machines[vm.place.name] for vm in site.cloud.vms.values() if vm.place.name in site.machines]
        if machines:
            befalls(machines[pick % len(machines)])

    return happen


def _preempt(site: Site, pick: int) -> None:
    if vms := list(site.cloud.vms.values()):
        site.cloud.preempt(vms[pick % len(vms)])


def _switch_off(site: Site, pick: int) -> None:
    if vms := list(site.cloud.vms.values()):
        site.cloud.stop(vms[pick % len(vms)])


FAILURES: Mapping[str, Happening] = {
    "a home machine loses power": _home(Machine.power_off),
    "a home machine hangs": _home(Machine.hang),
    "a home machine is cut off, players reach it": _home(lambda machine: machine.part(dark=False)),
    "nobody reaches a home machine": _home(lambda machine: machine.part(dark=True)),
}
MACHINES: Mapping[str, Happening] = {
    "a home machine comes back": _home(Machine.come_back),
    "a temporary machine hangs": _temporary(Machine.hang),
    "a temporary machine is cut off": _temporary(lambda machine: machine.part(dark=False)),
    "a temporary machine goes on": _temporary(lambda machine: machine.come_back() if machine.powered else None),
    "the cloud takes a machine": _preempt,
    "the cloud switches a machine off": _switch_off,
}

# Players


def _begin(to: str) -> Happening:
    return lambda site, pick: site.matches.begin(pick, 10 + pick, to)


PLAYERS: Mapping[str, Happening] = {
    "a match begins": _begin("Allocated"),
    "a server is reserved": _begin("Reserved"),
    "a match ends": lambda site, pick: site.matches.end(pick),
}


def begin_where(site: Site, call: Call) -> None:
    """A match, on the very server that the operator is about to change, or on the node that it is about to."""
    if call.kind.resource == GAME_SERVERS and call.name:
        on = [site.api.find(GAME_SERVERS, call.name, GAMES)]
    else:
        on = [each for each in site.matches.selectable() if each["status"]["nodeName"] == call.name]
    for server in on[:1]:
        if server and state(server) == "Ready" and "deletionTimestamp" not in server["metadata"]:
            site.matches.begin_on(server, 40)


# People


def _annotate(key: str, value: str = "true") -> Happening:
    """Set, or take back."""

    def happen(site: Site, pick: int) -> None:
        def toggle(node: Json) -> None:
            notes = node["metadata"].setdefault("annotations", {})
            if notes.pop(key, None) is None:
                notes[key] = value

        site.api.edit(NODES, site.homes[pick % len(site.homes)].name, toggle)

    return happen


def _delete_node(site: Site, pick: int) -> None:
    if nodes := [each["metadata"]["name"] for each in site.api.all(NODES) if each["metadata"]["name"][:3] == "fo-"]:
        name = nodes[pick % len(nodes)]
        site.safety.given_up.add(name)
        site.api.remove(NODES, name)


def _delete_record(site: Site, pick: int) -> None:
    if records := [each["metadata"]["name"] for each in site.api.all(NODE_FAILOVERS)]:
        site.api.remove(NODE_FAILOVERS, records[pick % len(records)])


def _confirm(site: Site, pick: int) -> None:
    """Only of a machine that has no power: a person who is wrong kills matches, and nobody can help it."""
    machine = site.homes[pick % len(site.homes)]
    record = site.api.find(NODE_FAILOVERS, machine.name)
    if record and not machine.powered and (record.get("status") or {}).get("open"):
        notes = {words.CONFIRMED_DEAD: str(record["status"]["incident"])}
        site.api.edit(NODE_FAILOVERS, machine.name, lambda each: each["metadata"].update(annotations=notes))


PEOPLE: Mapping[str, Happening] = {
    "a person plans a failover, or takes that back": _annotate(words.PLANNED),
    "a person excludes a node, or takes that back": _annotate(words.EXCLUDE),
    "a person deletes a temporary node": _delete_node,
    "a person deletes a record": _delete_record,
    "a person confirms that a machine is dead": _confirm,
}

# Operators


def _kill(seconds: float) -> Happening:
    return lambda site, pick: site.kill(pick, seconds)


def _break_watches(site: Site, pick: int) -> None:
    for watch in site.watches(pick):
        watch.break_off()


def _expire_watches(site: Site, pick: int) -> None:
    site.api.storage.compact()
    for watch in site.watches(pick):
        watch.expire()


def _silence(seconds: float) -> Happening:
    return lambda site, pick: site.silence(pick, seconds)


OPERATORS: Mapping[str, Happening] = {
    "an operator is killed": _kill(0),
    "an operator is killed, and back 20 s later": _kill(20),
    "an operator is stopped": lambda site, pick: site.stop(pick),
    "watches break": _break_watches,
    "watches are forgotten": _expire_watches,
    "watches are 3 s late": _silence(3),
    "watches are 30 s late": _silence(30),
    "watches are silent": _silence(200),
    "the cloud's lists are late": lambda site, pick: setattr(site.cloud, "lag", 10 * (pick % 5)),
}
