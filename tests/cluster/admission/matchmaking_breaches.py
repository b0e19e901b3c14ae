"""Ways to break each rule that holds matchmaking's accounts, tried with all rights there are.

`control` is the nearest thing that is allowed, with the rights that dist/ gives. All are dry runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from homeground import labels
from homeground.matchmaking import DIRECTOR, KICKER, NAMESPACE, user
from tests.cluster.admission.applied import OTHER, Applied
from tests.cluster.api import Api, Json, Ref

Act = Callable[[Api], Any]
MERGE = "application/merge-patch+json"
DRY_RUN = {"dryRun": "All"}
GROUPS = ["system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}", "system:authenticated"]
FREE, PROMISED, PLAYED = "free", "promised", "played"
"""GameServers: without a match, with one, and with one that a player has joined."""


@dataclass(frozen=True)
class Breach:
    """The policy's rule that says `message` refuses it."""

    name: str
    policy: str
    account: str
    message: str
    act: Act
    control: Act


def prepare(cluster: Applied) -> None:
    """The servers, in a tenant's namespace."""
    marks = {FREE: {}, PROMISED: {labels.MATCH: "m"}, PLAYED: {labels.MATCH: "m", labels.JOINED: "true"}}
    for name, marked in marks.items():
        cluster.api.create(cluster.own("GameServer", name, OTHER))
        change = {"status": {"state": "Allocated"}, "metadata": {"labels": marked, "annotations": {"note": "theirs"}}}
        cluster.api.patch(ref(name), change)


def ref(name: str, namespace: str = OTHER) -> Ref:
    return Ref("agones.dev/v1", "GameServer", name, namespace)


def bound(cluster: Applied, account: str) -> Api:
    """With the rights that dist/ gives it."""
    return cluster.api.as_(user(account), GROUPS)


def unbound(cluster: Applied, account: str) -> Api:
    return cluster.api.as_(user(account), ["system:masters"])


def patch(body: Json, name: str = PROMISED, namespace: str = OTHER) -> Act:
    return lambda api: api.call("PATCH", api.path(ref(name, namespace)), body, MERGE, DRY_RUN)


def metadata(**fields: Any) -> Act:
    return patch({"metadata": fields})


def delete(name: str, namespace: str = OTHER) -> Act:
    return lambda api: api.call("DELETE", api.path(ref(name, namespace)), query=DRY_RUN)


LABELLED = metadata(labels={labels.SITE: "home"})
KICKED = metadata(annotations={labels.KICK: "guest:1"})
OWNER = {"apiVersion": "v1", "kind": "Namespace", "name": OTHER, "uid": "1"}


def _changed(policy: str, account: str, map_: str, key: str, control: Act) -> list[Breach]:
    """Every rule of an account that may write one entry of one map."""
    who = f"the {account}"
    other = "annotations" if map_ == "labels" else "labels"
    untouched = f"{who} does not change the {{}} of a GameServer"
    tries: list[tuple[str, str, Act]] = [
        ("its spec", untouched.format("spec"), patch({"spec": {"health": {"periodSeconds": 7}}})),
        ("its state", untouched.format("status"), patch({"status": {"state": "Shutdown"}})),
        (f"its {other}", untouched.format(other), metadata(**{other: {"example.com/a": "b"}})),
        (f"another of its {map_}", f"{who} changes no {map_} of a GameServer but {key}",
         metadata(**{map_: {"example.com/a": "b"}})),
        (f"one of its {map_} taken away", f"{who} changes no {map_} of a GameServer but {key}",
         metadata(**{map_: {labels.MATCH if map_ == "labels" else "note": None}})),
        ("a finalizer", untouched.format("finalizers"), metadata(finalizers=["example.com/stay"])),
        ("an owner", untouched.format("owners"), metadata(ownerReferences=[OWNER])),
    ]  # fmt: skip
    return [Breach(f"{who}: {name}", policy, account, message, act, control) for name, message, act in tries]


BREACHES = [
    *_changed("matchmaking-labelled-gameservers", DIRECTOR, "labels", labels.SITE, LABELLED),
    *_changed("matchmaking-kicks", KICKER, "annotations", labels.KICK, KICKED),
    Breach(
        "a Fleet's own server deleted",
        "matchmaking-returned-gameservers",
        DIRECTOR,
        "the director deletes no GameServer without a match",
        delete(FREE),
        delete(PROMISED),
    ),
    Breach(
        "a server deleted under its players",
        "matchmaking-returned-gameservers",
        DIRECTOR,
        "the director deletes no GameServer that a player has joined",
        delete(PLAYED),
        delete(PROMISED),
    ),
]
