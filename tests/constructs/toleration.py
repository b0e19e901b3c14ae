"""What every game server's pod tolerates, as Kubernetes writes it."""

from typing import Any


def toleration(condition: str, seconds: int) -> dict[str, Any]:
    key = f"node.kubernetes.io/{condition}"
    return {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}
