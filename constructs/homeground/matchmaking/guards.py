"""What the API server refuses matchmaking's accounts though RBAC allows it, judged on the object as it is in etcd."""

from homeground.admission_policy import AdmissionPolicy, Rule, Target
from homeground.failover.guard import Guard, Pairs, but_for, owners, same
from homeground.labels import JOINED, KICK, MATCH, SITE
from homeground.manifest import Component, ManifestChart
from homeground.matchmaking import DIRECTOR, KICKER, user

WHAT = "a GameServer"
WAVE = "-1"
"""Before the Deployments: they never act unguarded."""


def guards() -> list[Guard]:
    """Each is a policy."""
    return [_labelled(), _given_back(), _kicked()]


def _labelled() -> Guard:
    who = "the director"
    rules = (
        same("spec", "?spec", WHAT, who),
        same("status", "?status", WHAT, who),
        but_for("labels", SITE, WHAT, who),
        same("annotations", "metadata.?annotations", WHAT, who),
        *owners(WHAT, who),
    )
    return Guard("matchmaking-labelled-gameservers", _servers("UPDATE"), rules, conditions=_asked_by(DIRECTOR))


def _given_back() -> Guard:
    """An allocated server goes only before anyone has joined, and a server without a match is the Fleet's."""
    old = "oldObject.metadata.?labels.orValue({})"
    rules = (
        Rule(f"'{MATCH}' in {old}", "the director deletes no GameServer without a match"),
        Rule(
            f"!('{JOINED}' in {old}) || {old}['{JOINED}'] != 'true'",
            "the director deletes no GameServer that a player has joined",
        ),
    )
    return Guard("matchmaking-returned-gameservers", _servers("DELETE"), rules, conditions=_asked_by(DIRECTOR))


def _kicked() -> Guard:
    who = "the kicker"
    rules = (
        same("spec", "?spec", WHAT, who),
        same("status", "?status", WHAT, who),
        same("labels", "metadata.?labels", WHAT, who),
        but_for("annotations", KICK, WHAT, who),
        *owners(WHAT, who),
    )
    return Guard("matchmaking-kicks", _servers("UPDATE"), rules, conditions=_asked_by(KICKER))


def _servers(operation: str) -> Target:
    return Target("agones.dev", ["v1"], ["gameservers"], [operation])


def _asked_by(account: str) -> Pairs:
    return ((account, f"request.userInfo.username == '{user(account)}'"),)


class Guards(Component):
    """A policy and its binding each, in force everywhere."""

    def __init__(self, scope: ManifestChart | Component, id: str) -> None:
        super().__init__(scope, id)
        for guard in guards():
            AdmissionPolicy(
                self,
                guard.name,
                name=guard.name,
                target=guard.target,
                rules=guard.rules,
                conditions=guard.conditions,
                wave=WAVE,
            )
