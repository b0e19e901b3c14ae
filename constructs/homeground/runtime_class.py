"""RuntimeClass: what runs a game server's containers."""

from homeground.manifest import Component, Manifest, ManifestChart

KATA_OVERHEAD = {"cpu": "250m", "memory": "320Mi"}
"""The VM beside the containers, for the qemu shims (kata-deploy 4.1 templates). Quotas and the scheduler count it."""

KATA_NODES = {"katacontainers.io/kata-runtime": "true", "kata-deploy.katacontainers.io/default": "true"}
"""Both labels that kata-deploy 4.1 puts on a node it has prepared."""


class RuntimeClass(Component):
    """The one RuntimeClass of game servers. It has the same name on every cluster, so that Fleets do too."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, name: str, isolation: str) -> None:
        super().__init__(scope, id)
        kata = {"handler": name, "overhead": {"podFixed": KATA_OVERHEAD}, "scheduling": {"nodeSelector": KATA_NODES}}
        body = kata if isolation == "kata" else {"handler": "runc"}
        self.emit(Manifest("node.k8s.io/v1", "RuntimeClass", name, body))
