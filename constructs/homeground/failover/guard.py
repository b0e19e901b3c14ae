"""What the API server refuses the operator though RBAC allows it, and what it refuses everyone about temporary nodes.

RBAC knows kinds, not objects: who may patch a node may patch every field of every node. These rules hold the operator,
and whoever has its token, to what failover needs. They are judged on the object as it stands in etcd when the write is
made, so no cache that is late and no race passes them.
"""

from dataclasses import dataclass

from homeground.admission_policy import Rule, Target
from homeground.failover import USER

OPERATOR = (("operator", f"request.userInfo.username == '{USER}'"),)
"""The condition under which most of them are asked."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Guard:
    """One policy. Variables and conditions are pairs of a name and a CEL expression."""

    name: str
    target: Target
    rules: tuple[Rule, ...]
    variables: Pairs = ()
    conditions: Pairs = OPERATOR


def same(name: str, path: str, what: str, who: str = "the operator") -> Rule:
    return Rule(f"object.{path} == oldObject.{path}", f"{who} does not change the {name} of {what}")


def but_for(name: str, key: str, what: str, who: str = "the operator") -> Rule:
    """Every entry of a map stays as it is, that key's aside."""
    new, old = (f"{each}.metadata.?{name}.orValue({{}})" for each in ("object", "oldObject"))
    return Rule(
        f"{new}.all(k, k == '{key}' || (k in {old} && {old}[k] == {new}[k])) && "
        f"{old}.all(k, k == '{key}' || k in {new})",
        f"{who} changes no {name} of {what} but {key}",
    )


def owners(what: str, who: str = "the operator") -> tuple[Rule, ...]:
    """A finalizer would keep it from going, an owner would take it along."""
    return (
        same("finalizers", "metadata.?finalizers", what, who),
        same("owners", "metadata.?ownerReferences", what, who),
    )
