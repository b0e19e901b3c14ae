"""Bootstrap tokens: what a new node says who it is with."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.cluster.api import Api, Ref

BOOTSTRAPPERS = "system:bootstrappers:homeground"
"""Our group of nodes that join. Not kubeadm's: that one is bound to the auto-approval of certificates."""


def bootstrap_token(api: Api, groups: Sequence[str] = (BOOTSTRAPPERS,), minutes: int = 60) -> tuple[str, Ref]:
    """A new token and its Secret, valid until that is deleted or `minutes` have passed.

    Source: kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens.
    """
    token_id, secret = secrets.token_hex(3), secrets.token_hex(8)
    name = f"bootstrap-token-{token_id}"
    expiry = datetime.now(UTC) + timedelta(minutes=minutes)
    api.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": "kube-system"},
            "type": "bootstrap.kubernetes.io/token",
            "stringData": {
                "token-id": token_id,
                "token-secret": secret,
                "expiration": expiry.isoformat(timespec="seconds").replace("+00:00", "Z"),
                "usage-bootstrap-authentication": "true",
                "auth-extra-groups": ",".join(groups),
            },
        }
    )
    return f"{token_id}.{secret}", Ref("v1", "Secret", name, "kube-system")
