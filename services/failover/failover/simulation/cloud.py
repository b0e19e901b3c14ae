"""The cloud: machines that are made, boot, join, and cost money until they are gone."""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass

from failover.config import Config
from failover.provider import ErrorClass
from failover.simulation.api import Api
from failover.simulation.machine import Machine
from failover.simulation.objects import Node, SigningRequest
from failover.simulation.scenario import Scenario

RENEW = 10.0
WHO = "cloud"
Answer = Callable[[ErrorClass | None], None]


@dataclass
class Vm:
    """A machine as the cloud knows it. `owner` is the home node that its label names."""

    name: str
    zone: str
    machine_type: str
    owner: str
    made: float
    stopping: bool = False
    gone: float | None = None


class Cloud:
    """All zones. A call that fails says so in a class of error; what a call began goes on without its caller."""

    def __init__(self, api: Api, machines: MutableMapping[str, Machine], scenario: Scenario, config: Config) -> None:
        self._api, self._agenda, self._machines = api, api.agenda, machines
        self.times, self._kubernetes, self._config = scenario.cloud, scenario.control_plane, config
        self.vms: list[Vm] = []
        self.stockouts: set[str] = set()
        self._error: tuple[ErrorClass, float] | None = None

    def break_down(self, kind: ErrorClass, seconds: float) -> None:
        """Every call fails, for a while."""
        self._error = kind, self._agenda.now + seconds

    @property
    def error(self) -> ErrorClass | None:
        """What calls end with now."""
        return self._error[0] if self._error and self._agenda.now < self._error[1] else None

    def find(self, name: str) -> Vm | None:
        """The machine of that name, if there is one."""
        return next((each for each in self.vms if each.name == name and each.gone is None), None)

    def owner(self, name: str) -> str:
        """The home node that a machine's label names."""
        return next((each.owner for each in self.vms if each.name == name), "")

    def living(self) -> list[Vm]:
        return [each for each in self.vms if each.gone is None]

    def insert(self, name: str, zone: str, machine_type: str, owner: str, answer: Answer) -> None:
        """Make a machine. One that is there already is as good."""
        if self.error:
            kind = self.error
            self._agenda.after(self.times.call, lambda: answer(kind))
        elif self.find(name):
            self._agenda.after(self.times.call, lambda: answer(None))
        elif zone in self.stockouts:
            self._agenda.after(self.times.operation, lambda: answer(ErrorClass.STOCKOUT))
        else:
            vm = Vm(name, zone, machine_type, owner, self._agenda.now)
            self.vms.append(vm)
            self._agenda.after(self.times.operation, lambda: answer(None))
            self._agenda.after(self.times.operation + self.times.boot, lambda: self._booted(vm))
            self._agenda.after(self._config.max_run, lambda: self.take(vm, "is at the end of its permitted time"))

    def delete(self, name: str, answer: Answer) -> None:
        """Delete a machine. One that is gone is as good."""
        kind, vm = self.error, self.find(name)
        self._agenda.after(self.times.call, lambda: answer(kind))
        if kind is None and vm and not vm.stopping:
            vm.stopping = True
            self._vanish(vm, "its machine was deleted")
            self._agenda.after(self.times.delete, lambda: self._gone(vm))

    def take(self, vm: Vm, why: str) -> None:
        """End it, whoever uses it."""
        if vm.gone is None and not vm.stopping:
            self._api.timeline.add(WHO, f"{vm.name} {why}")
            self._vanish(vm, f"its machine {why}")
            self._gone(vm)

    def _gone(self, vm: Vm) -> None:
        vm.gone = self._agenda.now
        self._api.timeline.add(WHO, f"{vm.name} is gone")
        self._api.changed()

    def _vanish(self, vm: Vm, why: str) -> None:
        if machine := self._machines.get(vm.name):
            machine.lose_matches(why)
            machine.vanish()

    # Joining

    def _booted(self, vm: Vm) -> None:
        """Its kubelet asks for a certificate with the token of its metadata, if that is good still."""
        if vm.stopping or vm.gone is not None or vm.name not in self._api.tokens:
            return
        request = SigningRequest(self._api.uid(f"csr-{vm.name}"), f"csr-{vm.name}")
        self._api.requests.setdefault(vm.name, []).append(request)
        self._api.timeline.add(vm.name, "has booted and asks for a certificate")
        self._api.changed()

    def approved(self, request: SigningRequest, name: str) -> None:
        """Someone approved a request: the machine registers, once."""
        if request.approved:
            return
        request.approved = True
        self._api.changed()
        self._agenda.after(self.times.sign, lambda: self._register(name))

    def _register(self, name: str) -> None:
        vm = self.find(name)
        if vm is None or vm.stopping:
            return
        now = self._agenda.now
        node = Node(name, self._api.uid(name), self.times.room, temporary=True, ready=False, ready_changed=now)
        node.lease_at, node.quarantined, node.fit, node.address = now, True, False, f"{name}.{vm.zone}.example"
        self._api.nodes[name] = node
        machine = Machine(self._api, node, self._kubernetes, RENEW, self._config.suspect_after)
        self._machines[name] = machine
        self._api.timeline.add(name, "has joined, in quarantine")
        self._api.written(node)
        machine.start(RENEW)
        self._agenda.after(self.times.ready, lambda: self._ready(node, vm))

    def _ready(self, node: Node, vm: Vm) -> None:
        if vm.stopping or vm.gone is not None:
            return
        node.ready = node.fit = True
        node.ready_changed = self._agenda.now
        self._api.timeline.add(node.name, "is Ready and fit to play")
        self._api.written(node)
