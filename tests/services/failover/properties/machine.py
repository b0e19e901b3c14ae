"""A machine and the kubelet on it: what really runs, whatever the API server believes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from failover import words
from kubeclient import timestamp
from kubeclient.resources import CSI_NODES, LEASES, NODES, PODS, Json
from tests.services.failover.properties.api import GAMES, Api

RENEW = 2.0
"""Seconds between two renewals of a Lease."""

START = 1.0
"""Seconds from a pod's bind until it runs."""

LEASES_OF_NODES = "kube-node-lease"
HANDLER, DRIVER = "kata", "csi.example"


@dataclass
class Machine:
    """`lost` is called with the uid of a pod whose containers end on it, and whether kubelet ended them."""

    api: Api
    node: Json
    """As it registers."""

    lost: Callable[[str, bool], None]
    powered: bool = True
    hung: bool = False
    cut: bool = False
    """Its kubelet does not reach the API server."""

    dark: bool = False
    """Nobody reaches it, players included."""

    registered: bool = False
    unfit: bool = False
    """Its container runtime does not come up."""

    running: dict[str, float] = field(default_factory=dict)
    """Pods by uid: when their containers were up, or will be."""

    dark_since: float | None = None
    was_dark: tuple[float, float] = 0.0, 0.0
    """Its last darkness that is over: from and until when."""

    _renewed: float = float("-inf")

    @property
    def name(self) -> str:
        return str(self.node["metadata"]["name"])

    @property
    def runs(self) -> bool:
        """Its processes go on."""
        return self.powered and not self.hung

    @property
    def talks(self) -> bool:
        """Its kubelet has a say."""
        return self.runs and not self.cut and not self.dark

    @property
    def reached(self) -> bool:
        """Players, and whoever probes its public endpoint, get an answer."""
        return self.runs and not self.dark

    # What befalls it

    def power_off(self) -> None:
        """What runs on it ends here and now."""
        self.powered = self.hung = False
        for uid in list(self.running):
            self._end(uid, by_kubelet=False)
        self._reckon()

    def hang(self) -> None:
        self.hung = self.powered
        self._reckon()

    def part(self, *, dark: bool) -> None:
        """Lose the way to the API server; `dark`: and any other."""
        self.cut, self.dark = True, dark
        self._reckon()

    def come_back(self) -> None:
        self.powered, self.hung, self.cut, self.dark = True, False, False, False
        self._reckon()

    def _reckon(self) -> None:
        now = self.api.clock.monotonic()
        if not self.reached:
            self.dark_since = now if self.dark_since is None else self.dark_since
        elif self.dark_since is not None:
            self.was_dark, self.dark_since = (self.dark_since, now), None

    def dark_for(self, ago: float) -> float:
        """Seconds of darkness, also of one that ended at most so long ago."""
        now = self.api.clock.monotonic()
        since, until = self.was_dark if self.dark_since is None else (self.dark_since, now)
        return until - since if now - until <= ago else 0.0

    # What its kubelet does

    def work(self) -> None:
        """Everything that is due."""
        if not self.talks:
            return
        now = self.api.clock.monotonic()
        if not self.registered:
            self._register()
        if now >= self._renewed + RENEW:
            self._renewed = now
            self._renew()
        node = self.api.find(NODES, self.name)
        if node and not _is_ready(node) and not self.unfit:
            self.api.edit(NODES, self.name, self._report)
        self._run_pods(now)

    def _register(self) -> None:
        """Once: a Node that someone deletes is not made again before kubelet's next start."""
        self.registered = True
        if self.api.find(NODES, self.name) is None:
            self.api.put(NODES, self.node)
        drivers = {"drivers": [{"name": DRIVER, "nodeID": self.name}]}
        self.api.put(CSI_NODES, {"metadata": {"name": self.name}, "spec": drivers})

    def _renew(self) -> None:
        time = timestamp.to_microseconds(self.api.clock.now())
        spec = {"holderIdentity": self.name, "leaseDurationSeconds": 40, "renewTime": time}
        self.api.put(LEASES, {"metadata": {"name": self.name, "namespace": LEASES_OF_NODES}, "spec": spec})

    def _report(self, node: Json) -> None:
        node["status"] |= {"conditions": [{"type": "Ready", "status": "True"}], "runtimeHandlers": [{"name": HANDLER}]}

    def _run_pods(self, now: float) -> None:
        mine = {pod["metadata"]["uid"]: pod for pod in self.api.all(PODS) if pod["spec"].get("nodeName") == self.name}
        for uid in self.running.keys() - mine.keys():
            self._end(uid, by_kubelet=True)
        for uid, pod in mine.items():
            self._run(uid, pod, now)

    def _run(self, uid: str, pod: Json, now: float) -> None:
        name, phase = pod["metadata"]["name"], pod["status"]["phase"]
        if "deletionTimestamp" in pod["metadata"]:
            self._end(uid, by_kubelet=True)
            self.api.remove(PODS, name, GAMES)
        elif uid in self.running and phase == "Pending" and now >= self.running[uid]:
            self._set_phase(name, "Running")
        elif uid not in self.running and phase == "Pending":
            self.running[uid] = now + START
        elif uid not in self.running and phase == "Running":
            self._set_phase(name, "Failed")  # it did not outlive the machine's last boot

    def _set_phase(self, name: str, phase: str) -> None:
        self.api.edit(PODS, name, lambda pod: pod["status"].update(phase=phase), GAMES)

    def _end(self, uid: str, *, by_kubelet: bool) -> None:
        if self.running.pop(uid, None) is not None:
            self.lost(uid, by_kubelet)


def home(name: str) -> Json:
    """A permanent node that plays games, as its kubelet registers it."""
    labels = {words.RUNNER: "true", words.SITE: "home", "kubernetes.io/hostname": name}
    conditions = [{"type": "Ready", "status": "True"}]
    return {"metadata": {"name": name, "labels": labels}, "spec": {}, "status": {"conditions": conditions}}


def _is_ready(node: Json) -> bool:
    return any(each["status"] == "True" for each in node["status"].get("conditions", ()) if each["type"] == "Ready")
