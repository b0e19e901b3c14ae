"""What the API server refuses matchmaking's accounts though RBAC allows it, judged on the object as it is in etcd."""

from homeground.admission_policy import Rule, Target
from homeground.guard import Guard, but_for, owners, same
from homeground.labels import JOINED, KICK, MATCH, SITE
from homeground.matchmaking import DIRECTOR, KICKER, user

WHAT = "a GameServer"


def guards() -> list[Guard]:
    """Each is a policy."""
    held = ((DIRECTOR, _labelled()), (DIRECTOR, _given_back()), (KICKER, _kicked()))
    return [guard.holding(account, user(account)) for account, guard in held]


def _labelled() -> Guard:
    who = "the director"
    rules = (
        same("spec", "?spec", WHAT, who),
        same("status", "?status", WHAT, who),
        but_for("labels", SITE, WHAT, who),
        same("annotations", "metadata.?annotations", WHAT, who),
        *owners(WHAT, who),
    )
    return Guard("matchmaking-labelled-gameservers", _servers("UPDATE"), rules)


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
    return Guard("matchmaking-returned-gameservers", _servers("DELETE"), rules)


def _kicked() -> Guard:
    who = "the kicker"
    rules = (
        same("spec", "?spec", WHAT, who),
        same("status", "?status", WHAT, who),
        same("labels", "metadata.?labels", WHAT, who),
        but_for("annotations", KICK, WHAT, who),
        *owners(WHAT, who),
    )
    return Guard("matchmaking-kicks", _servers("UPDATE"), rules)


def _servers(operation: str) -> Target:
    return Target("agones.dev", ["v1"], ["gameservers"], [operation])
