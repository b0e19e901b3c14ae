"""What the API server refuses an account though RBAC allows it, and what it refuses everyone.

RBAC knows kinds, not objects: who may patch a node may patch every field of every node. These rules hold an account,
and whoever has its token, to what its program needs. They are judged on the object as it stands in etcd when the
write is made, so no cache that is late and no race passes them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from homeground.admission_policy import AdmissionPolicy, Rule, Target
from homeground.manifest import Component, ManifestChart

WAVE = "-1"
"""Before whom they hold: nobody ever acts unguarded."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Guard:
    """One policy. Variables and conditions are pairs of a name and a CEL expression."""

    name: str
    target: Target
    rules: tuple[Rule, ...]
    variables: Pairs = ()
    conditions: Pairs = ()
    """When it is asked; without any, always."""

    def holding(self, who: str, user: str) -> Self:
        """Asked only of that user; `who` names the condition."""
        return replace(self, conditions=((who, f"request.userInfo.username == '{user}'"),))


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


class Guards(Component):
    """A policy and its binding each, in force everywhere."""

    def __init__(self, scope: ManifestChart | Component, id: str, guards: Iterable[Guard]) -> None:
        super().__init__(scope, id)
        for guard in guards:
            AdmissionPolicy(
                self,
                guard.name,
                name=guard.name,
                target=guard.target,
                rules=guard.rules,
                variables=guard.variables,
                conditions=guard.conditions,
                wave=WAVE,
            )
