"""The NodeFailover CRD, written from the record's types: `python -m failover.crd` writes nodefailover.crd.yaml.

apps/failover.py emits that file. A test says when it is not what the types give.
"""

import sys
from pathlib import Path

import yaml

from failover import record, record_rules
from failover.structural_schema import Bounds, Json, ListBound, schema_of

FILE = Path(__file__).parents[1] / "nodefailover.crd.yaml"
HEADER = "# Written by `python -m failover.crd`. Change failover/record.py or failover/record_rules.py instead.\n"
SINGULAR, SHORT = "nodefailover", "nf"

BOUNDS = Bounds(
    lists={
        # Two live; more are those whose machine the cloud does not take back yet, or that were taken in.
        "Status.attempts": ListBound(32, key="number"),
        "Status.history": ListBound(record.HISTORY),
        "Status.conditions": ListBound(32, key="type"),
    },
    lengths={"Condition.message": 32_768, "Status.blocked": 1024},
    rules=record_rules.BY_TYPE,
)
"""metav1.Condition allows messages of 32,768 characters."""

LAST = ".status.attempts[-1:]"
COLUMNS: tuple[tuple[str, str, str, int], ...] = (
    ("Phase", "string", ".status.phase", 0),
    ("VM", "string", f"{LAST}.vmName", 0),
    ("Zone", "string", f"{LAST}.zone", 0),
    ("Sessions", "integer", ".status.sessions", 0),
    ("Reason", "string", ".status.reason", 0),
    ("Age", "date", ".metadata.creationTimestamp", 0),
    ("State", "string", f"{LAST}.state", 1),
    ("Endpoint", "string", ".status.publicEndpoint", 1),
    ("Incident", "integer", ".status.incident", 1),
    ("Blocked", "string", ".status.blocked", 1),
)
"""Name, type, where, and 1 for those that only `-o wide` shows. The object's name is the home node's."""


def crd() -> Json:
    """The CustomResourceDefinition."""
    group, version = record.API_VERSION.split("/")
    names = {
        "kind": record.KIND,
        "listKind": f"{record.KIND}List",
        "plural": record.PLURAL,
        "singular": SINGULAR,
        "shortNames": [SHORT],
        "categories": ["homeground"],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{record.PLURAL}.{group}"},
        "spec": {"group": group, "names": names, "scope": "Cluster", "versions": [_version(version)]},
    }


def _version(name: str) -> Json:
    return {
        "name": name,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [
            {"name": column, "type": type_, "jsonPath": path} | ({"priority": wide} if wide else {})
            for column, type_, path, wide in COLUMNS
        ],
        "schema": {"openAPIV3Schema": _schema()},
    }


def _schema() -> Json:
    """There is no spec: what is wanted of a node follows from the node, and from nothing that anyone writes here."""
    return {
        "type": "object",
        "description": (record.__doc__ or "").partition("\n")[0],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "status": schema_of(record.Status, BOUNDS),
        },
        "x-kubernetes-validations": [{"rule": rule, "message": message} for rule, message in record_rules.RECORD],
    }


def to_text() -> str:
    """The file's text."""
    return HEADER + yaml.safe_dump(crd(), sort_keys=False, allow_unicode=True, width=120)


def main() -> int:
    FILE.write_text(to_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
