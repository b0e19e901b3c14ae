"""The failover operator: a dead home node's capacity comes back in the cloud within a minute.

Only on clusters with `temporaryNodes`. On a desk there is one machine: the operator would die with the only node that
it watches, and there is no place to move anything to. `make play CLUSTER=hybrid` is where it is tried. A test asserts
that the desk would have room for it all the same.

NodeFailovers are made by the operator at run time: never in Git, without Argo CD's mark, and so never pruned. Only with
their CRD would they go, which Argo CD therefore asks about.
"""

from pathlib import Path

import yaml
from constructs import Construct

from homeground.app import CONFIRM, WAVE, App, AppProps
from homeground.failover import NAME, NAMESPACE, deployment
from homeground.failover.access import WITHIN, Access
from homeground.failover.deployment import WORKLOAD, Operator
from homeground.failover.guards import guards
from homeground.failover.network import Network
from homeground.guard import Guards
from homeground.manifest import Component, Manifest
from homeground.namespace import Namespace
from homeground.platform import Platform
from homeground.secret import SealedSecret
from schemas.cluster import TemporaryNodes

CRD = Path(__file__).parents[1] / "services" / "failover" / "nodefailover.crd.yaml"
"""Written by the service from its own types; apps import no service."""

CRD_WAVE = "-2"


class Failover(App):
    """CRD and guards first, then the operator."""

    def __init__(self, scope: Construct, platform: Platform, cloud: TemporaryNodes) -> None:
        secrets = deployment.secrets(platform)
        super().__init__(
            scope,
            AppProps(
                name=NAME,
                namespace=NAMESPACE,
                also_writes_to=[namespace for namespace in WITHIN if namespace != NAMESPACE],  # Roles
                workloads=[WORKLOAD.times(platform.replicas)],
                secrets=secrets,
            ),
        )
        Namespace(self, "namespace", name=NAMESPACE, enforce="restricted")
        Component(self, "crd").emit(_crd())
        Guards(self, "guards", guards())
        Access(self, "access")
        Network(self, "network", platform=platform)
        Operator(self, "operator", platform=platform, cloud=cloud)
        for secret in secrets:
            SealedSecret(self, secret.name, ref=secret, platform=platform)


def _crd() -> Manifest:
    written = yaml.safe_load(CRD.read_text(encoding="utf-8"))
    return Manifest(
        written["apiVersion"],
        written["kind"],
        written["metadata"]["name"],
        {"spec": written["spec"]},
        annotations={WAVE: CRD_WAVE, **CONFIRM},
    )
