"""Open Match core on Valkey: the queue of players. Clusters with embedded matchmaking have no such app."""

from constructs import Construct

from homeground import valkey
from homeground.app import App, AppProps
from homeground.namespace import Namespace
from homeground.open_match import SERVICES, Evaluator, OpenMatch
from homeground.platform import Platform
from homeground.valkey import Valkey

NAMESPACE = "open-match"


class OpenMatchApp(App):
    """The core and its store, on always-on nodes."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        replicas = platform.replicas
        workloads = [s.workload if s.singleton else s.workload.times(replicas) for s in SERVICES]
        super().__init__(
            scope, AppProps(name="open-match", namespace=NAMESPACE, workloads=[*workloads, valkey.WORKLOAD])
        )
        Namespace(self, "namespace", name=NAMESPACE, enforce="restricted")
        Valkey(self, "valkey", namespace=NAMESPACE, node=platform.always_on[0].name)
        OpenMatch(self, "core", namespace=NAMESPACE, replicas=replicas, evaluator=Evaluator())
