"""Labels and taints: every one of ours is one that Kubernetes would take."""

import re

import pytest

from failover import words
from homeground import labels

KEYS = [
    labels.SITE,
    labels.RUNNER,
    labels.ALWAYS_ON,
    labels.TENANT,
    labels.GAME,
    labels.SERVES_TENANTS,
    labels.PLATFORM,
    labels.QUARANTINE,
    labels.TEMPORARY,
    labels.SUSPECT,
    labels.OVERFLOW,
    labels.CORDON,
    labels.NUDGE,
]
OF_THE_OPERATOR = {
    "DOMAIN": labels.DOMAIN,
    "RUNNER": labels.RUNNER,
    "SITE": labels.SITE,
    "GAME": labels.GAME,
    "QUARANTINE": labels.QUARANTINE,
    "TEMPORARY": labels.TEMPORARY,
    "PREFIX": labels.TEMPORARY_PREFIX,
    "SUSPECT": labels.SUSPECT,
    "OVERFLOW": labels.OVERFLOW,
    "CORDON": labels.CORDON,
    "NUDGE": labels.NUDGE,
    "OUT_OF_SERVICE": labels.OUT_OF_SERVICE,
    "OWNER": labels.FAILOVER,
}
"""By the failover operator's own names of them."""

ITS_OWN = {"PLANNED", "EXCLUDE", "MAINTENANCE", "CONFIRMED_DEAD", "FINALIZER"}
"""Words that no manifest has."""
NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
DOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"


@pytest.mark.parametrize("key", [*KEYS, labels.KATA_STARTUP, labels.CONTROL_PLANE, labels.OUT_OF_SERVICE])
def test_every_key_is_a_domain_and_a_name(key: str) -> None:
    assert re.fullmatch(f"{DOMAIN}/{NAME}", key)


def test_no_two_mean_different_things_by_one_word() -> None:
    assert len(set(KEYS)) == len(KEYS)
    assert all(key.startswith("homeground.dev/") for key in KEYS)


def test_a_tenants_namespace_is_a_name_that_kubernetes_takes_even_for_the_longest_tenant() -> None:
    assert labels.tenant_namespace("acme") == "games-acme"
    assert len(labels.tenant_namespace("t" * 40)) <= 63


def test_the_failover_operator_means_the_same_by_its_words() -> None:
    theirs = {name: value for name, value in vars(words).items() if name.isupper()}
    assert {name: theirs[name] for name in OF_THE_OPERATOR} == OF_THE_OPERATOR
    assert theirs.keys() == OF_THE_OPERATOR.keys() | ITS_OWN
