"""The API server's audit log: which rule of which policy refused a request (our policies ask for Audit)."""

import json
from pathlib import Path
from typing import NamedTuple

import yaml

FAILURE = "validation.policy.admission.k8s.io/validation_failure"
POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "verbs": ["get", "list", "watch"]},
        {"level": "Metadata", "resources": [{"group": "", "resources": ["pods", "pods/*"]}, {"group": "agones.dev"}]},
    ],
}


class Failure(NamedTuple):
    """A rule that was not met: the policy, and the `place` of the rule in `spec.validations`."""

    policy: str
    place: int
    message: str


class AuditLog:
    """Flags that make an API server write one, and the refusals in it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "audit.log"
        policy = folder / "audit-policy.yaml"
        policy.write_text(yaml.safe_dump(POLICY))
        self.flags = [f"--audit-policy-file={policy}", f"--audit-log-path={self._log}"]

    def failure(self, kind: str, name: str) -> Failure | None:
        """The rule that the last refused write of an object broke."""
        resource = f"{kind.lower()}s"
        for line in reversed(self._log.read_text().splitlines()):
            event = json.loads(line)
            target = event.get("objectRef", {})
            if (target.get("resource"), target.get("name")) == (resource, name):
                found = event.get("annotations", {}).get(FAILURE)
                if found:
                    failed = json.loads(found)[0]
                    return Failure(failed["policy"], int(failed["expressionIndex"]), failed["message"])
        return None
