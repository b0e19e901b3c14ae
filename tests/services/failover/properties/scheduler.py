"""Pods to nodes. Between its choice and the bind time passes, and nothing that happens to the node stops the bind."""

from failover import words
from kubeclient.resources import NODES, PODS, Json
from tests.services.failover.properties.api import GAMES, Api
from tests.services.failover.properties.control_plane import is_ready

ROOM = 4
"""Game servers that fit on a node."""


class Scheduler:
    """`delay`: seconds from a choice to its bind."""

    def __init__(self, api: Api, delay: float) -> None:
        self._api, self._delay = api, delay
        self._chosen: dict[str, tuple[str, float]] = {}

    def work(self) -> None:
        now = self._api.clock.monotonic()
        pods = self._api.all(PODS)
        waiting = {pod["metadata"]["uid"]: pod for pod in pods if "nodeName" not in pod["spec"]}
        for uid, (node, due) in list(self._chosen.items()):
            if uid not in waiting or now >= due:
                del self._chosen[uid]
            if uid in waiting and now >= due:
                name = waiting.pop(uid)["metadata"]["name"]
                self._api.edit(PODS, name, lambda pod, node=node: pod["spec"].update(nodeName=node), GAMES)  # type: ignore[misc]
        for uid in waiting.keys() - self._chosen.keys():
            self._choose(uid, now)

    def _choose(self, uid: str, now: float) -> None:
        """The node with most room."""
        taken = [pod["spec"].get("nodeName") for pod in self._api.all(PODS)]
        taken += [node for node, _ in self._chosen.values()]
        names = [each["metadata"]["name"] for each in self._api.all(NODES) if _may_play(each)]
        room = {name: ROOM - taken.count(name) for name in names}
        if free := [name for name in names if room[name] > 0]:
            self._chosen[uid] = max(free, key=lambda name: (room[name], name)), now + self._delay


def _may_play(node: Json) -> bool:
    marks, spec = node["metadata"].get("labels") or {}, node["spec"]
    tainted = any(each["effect"] in ("NoSchedule", "NoExecute") for each in spec.get("taints") or ())
    return marks.get(words.RUNNER) == "true" and is_ready(node) and not spec.get("unschedulable") and not tainted
