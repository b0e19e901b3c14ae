"""Namespaces, with the Pod Security level their pods need."""

from typing import Literal

from homeground import labels
from homeground.app import CONFIRM, WAVE
from homeground.manifest import Component, Manifest, ManifestChart

PodSecurity = Literal["privileged", "baseline", "restricted"]


class Namespace(Component):
    """A namespace of the platform. `enforce` is the Pod Security Standard that admission holds it to."""

    def __init__(
        self, scope: ManifestChart | Component, id: str, *, name: str, enforce: PodSecurity, tenant: str = ""
    ) -> None:
        super().__init__(scope, id)
        own = {labels.TENANT: tenant} if tenant else {labels.PLATFORM: "true"}
        security = {"pod-security.kubernetes.io/enforce": enforce}
        if tenant:  # hostPort forces `privileged`; show what a stricter level would say
            security |= {f"pod-security.kubernetes.io/{mode}": "baseline" for mode in ("audit", "warn")}
        self.emit(
            Manifest("v1", "Namespace", name, {}, labels={**own, **security}, annotations={WAVE: "-3", **CONFIRM})
        )
