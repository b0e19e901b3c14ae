"""Secrets: only sealed ones in Git, each asked for by the app that needs it."""

from dataclasses import dataclass

from homeground.manifest import Component, Manifest, ManifestChart
from homeground.platform import Platform


@dataclass(frozen=True)
class SecretRef:
    """A Secret that must exist in the cluster, and the keys it needs."""

    name: str
    namespace: str
    keys: tuple[str, ...]

    def kubeseal(self, cluster: str) -> str:
        """The command that makes the missing file."""
        literals = " ".join(f"--from-literal={key}=..." for key in self.keys)
        return (
            f"kubectl create secret generic {self.name} -n {self.namespace} --dry-run=client -o yaml {literals}"
            f" | kubeseal --cert clusters/{cluster}.pem -o yaml > clusters/{cluster}/secrets/{self.name}.yaml"
        )


class SealedSecret(Component):
    """The sealed form of a SecretRef, from `clusters/<cluster>/secrets/`, if it was sealed already."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, ref: SecretRef, platform: Platform) -> None:
        super().__init__(scope, id)
        sealed = platform.loaded.sealed.get((ref.namespace, ref.name))
        if sealed:
            data = sealed.data
            self.emit(Manifest(data["apiVersion"], data["kind"], ref.name, {"spec": data["spec"]}, ref.namespace))
