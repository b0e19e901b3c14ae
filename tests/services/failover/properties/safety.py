"""What may never be, looked for at every write and twice a second (S1 to S5 of the specification)."""

from collections.abc import Mapping

import msgspec

from failover import words
from failover.config import Config
from failover.record import Attempt, AttemptState, EvidenceKind, Status
from kubeclient.resources import GAME_SERVERS, NODE_FAILOVERS, NODES, SECRETS, Json
from tests.doubles.kubernetes.storage import Change
from tests.services.failover.properties.agones import PROTECTED, state
from tests.services.failover.properties.api import Api
from tests.services.failover.properties.cloud import Vm
from tests.services.failover.properties.control_plane import is_ready
from tests.services.failover.properties.machine import Machine
from tests.services.failover.properties.matches import Match, Matches

MOST = 2
"""Machines of one incident that are not retired; those that were taken in from outside drain beside them."""

AT_ONCE = 5.0
"""Seconds in which an operator that nothing disturbs puts right what is wrong."""


class Safety:
    """`wrong` is what was found."""

    def __init__(self, api: Api, machines: Mapping[str, Machine], matches: Matches, config: Config) -> None:
        self._api, self._machines, self._matches, self._config = api, machines, matches, config
        self._adopted: set[tuple[str, int]] = set()
        self._calm_at = 0.0
        self._since: dict[str, float] = {}
        self.given_up: set[str] = set()
        """Nodes that a person deleted: Kubernetes ends what runs there."""

        self.wrong: list[str] = []
        api.storage.listen(self._see)

    def disturbed(self, seconds: float) -> None:
        """Something goes wrong with the operator, and is felt for so long."""
        self._calm_at = max(self._calm_at, self._api.clock.monotonic() + seconds)

    def found(self, what: str) -> None:
        self.wrong.append(f"{self._api.clock.monotonic():.1f} s: {what}")

    # Told by the world

    def match_ended(self, match: Match) -> None:
        if match.machine.name not in self.given_up:
            self.found(f"S1: the match on {match.server} was ended, and {match.machine.name} lives")

    def machine_deleted(self, vm: Vm, caller: str) -> None:
        machine = self._machines.get(vm.place.name)
        if machine and machine.powered and (played := self._matches.on(machine)):
            self.found(f"S1: {caller} deletes {vm.place.name} with {len(played)} matches")

    # Writes

    def _see(self, change: Change) -> None:
        if change.resource == NODE_FAILOVERS and change.type != "DELETED":
            self._see_record(change)
        if not self._api.caller:
            return
        if change.resource == GAME_SERVERS:
            self._see_server(change)
        if change.resource == NODES:
            self._see_node(change)

    def _see_server(self, change: Change) -> None:
        before = change.previous
        if before is None or "deletionTimestamp" in before["metadata"] or state(before) not in PROTECTED:
            return
        if change.type == "DELETED" or "deletionTimestamp" in change.object["metadata"]:
            self.found(f"S1: {self._api.caller} deletes {change.key[1]}, which is {state(before)}")

    def _see_node(self, change: Change) -> None:
        name, before = change.key[1], change.previous
        if change.type == "DELETED":
            machine = self._machines.get(name)
            if not name.startswith(words.PREFIX) or (machine and machine.powered):
                self.found(f"S1: {self._api.caller} deletes the Node {name} of a machine that is there")
        elif before and _is_given_up(change.object) and not _is_given_up(before):
            self._see_given_up(name, change.object)

    def _see_given_up(self, name: str, node: Json) -> None:
        if why := self._unproven(name, node):
            self.found(f"S3: {self._api.caller} declares {name} out of service: {why}")

    def _unproven(self, name: str, node: Json) -> str:
        """Why nothing says that this machine is dead."""
        record = self._api.find(NODE_FAILOVERS, name) or {"metadata": {}}
        status = _status(record)
        evidence, machine = status.evidence, self._machines[name]
        if is_ready(node):
            return "it is Ready"
        if not evidence or evidence.spent or evidence.incident != status.incident or not status.open:
            return f"on record is {evidence}, and the incident is {status.incident}"
        if evidence.kind is EvidenceKind.CONFIRMED:
            said = (record["metadata"].get("annotations") or {}).get(words.CONFIRMED_DEAD)
            return "" if said == str(status.incident) else f"a person said {said}"
        dark = machine.dark_for(max(AT_ONCE, self._calm_at - self._api.clock.monotonic()))
        return "" if dark >= self._config.longest_session else f"it was dark for {dark:g} s"

    def _see_record(self, change: Change) -> None:
        before, after = (_status(each) if each else Status() for each in (change.previous, change.object))
        name, known = change.key[1], {each.number: each for each in before.attempts}
        for attempt in after.attempts:
            if attempt.number not in known and attempt.state is AttemptState.DRAINING:
                self._adopted.add((name, attempt.number))
            self._see_attempt(name, known.get(attempt.number), attempt)
        left = {each.number for each in after.attempts}
        for attempt in before.attempts:
            if attempt.number not in left and attempt.state is not AttemptState.RETIRED:
                self.found(f"S4: {attempt.vm_name} is forgotten, and was {attempt.state}")
        own = [each for each in after.attempts if (name, each.number) not in self._adopted]
        if sum(each.state is AttemptState.OPEN for each in after.attempts) > 1:
            self.found(f"S2: {name} has two open machines")
        if sum(each.state is not AttemptState.RETIRED for each in own) > MOST:
            self.found(f"S2: {name} has more than {MOST} machines")
        if len(own) > len(known) and self.machines() > self._config.max_machines:
            self.found(f"S2: {self.machines()} machines, and the budget is {self._config.max_machines}")

    def _see_attempt(self, name: str, before: Attempt | None, after: Attempt) -> None:
        if before and before.state is AttemptState.RETIRED and after.state is not AttemptState.RETIRED:
            self.found(f"S1: {after.vm_name} of {name} was retired, and is {after.state}")
        if before and before.csr and before.csr != after.csr:
            self.found(f"S5: {after.vm_name} has another signing request")

    def machines(self) -> int:
        """On all records, those apart that were taken in."""
        return sum(
            (record["metadata"]["name"], each.number) not in self._adopted
            for record in self._api.all(NODE_FAILOVERS)
            for each in _status(record).attempts
        )

    # As time passes

    def work(self) -> None:
        """Look for what is wrong for too long."""
        wrong = {
            f"S3: {node['metadata']['name']} is Ready and out of service"
            for node in self._api.all(NODES)
            if is_ready(node) and _is_given_up(node)
        }
        wrong |= {f"{each} may be taken, and its machine is dead" for each in self._traps_for_players()}
        wrong |= {f"S5: the token of {name} is there, and so is its node" for name in self._useless_tokens()}
        now = self._api.clock.monotonic()
        self._since = {what: self._since.get(what, now) for what in wrong}
        for what, since in self._since.items():
            if now > max(since, self._calm_at) + AT_ONCE:
                self.found(what)
                self._since[what] = float("inf")

    def _useless_tokens(self) -> set[str]:
        nodes = {node["metadata"]["name"] for node in self._api.all(NODES)}
        machines = {secret["stringData"]["description"].split()[0] for secret in self._api.all(SECRETS)}
        return machines & nodes

    def _traps_for_players(self) -> list[str]:
        """Servers that allocation would take, of home machines that nobody has reached for long enough to know."""
        silent = self._api.clock.monotonic() - self._config.suspect_after
        dead = {name for name, each in self._machines.items() if each.dark_since and each.dark_since < silent}
        return [
            each["metadata"]["name"]
            for each in self._matches.selectable()
            if each["status"]["nodeName"] in dead and not each["status"]["nodeName"].startswith(words.PREFIX)
        ]


def _is_given_up(node: Json) -> bool:
    """By a taint of ours."""
    return any(
        (t["key"], t.get("value")) == (words.OUT_OF_SERVICE, words.OWNER) for t in node["spec"].get("taints", ())
    )


def _status(record: Json) -> Status:
    return msgspec.convert(record.get("status") or {}, Status)
