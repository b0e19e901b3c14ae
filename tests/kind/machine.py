"""A kind cluster of the desk's shape: `python -m tests.kind.machine | kind create cluster --config - ...`."""

import sys
from typing import Any

import yaml

from homeground import labels
from homeground.facts import load
from homeground.platform import Platform
from tests.kind.repository import CLUSTER
from tests.program import ROOT


def configuration() -> dict[str, Any]:
    """Networks and node labels of clusters/local.yaml, and a second node that only announces addresses.

    Calico is the pod network, so kind installs none.
    """
    facts = load(ROOT)
    platform = Platform.of(facts, next(each for each in facts.clusters if each.value.name == CLUSTER))
    (node,) = platform.cluster.nodes
    network = platform.cluster.network
    return {
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "kind": "Cluster",
        "networking": {
            "disableDefaultCNI": True,
            "podSubnet": network.pods,
            "serviceSubnet": network.services,
        },
        "nodes": [
            {"role": "control-plane", "labels": platform.node_labels(node)},
            {"role": "worker", "labels": {labels.SITE: node.site}},
        ],
    }


if __name__ == "__main__":
    sys.stdout.write(yaml.safe_dump(configuration(), sort_keys=False))
