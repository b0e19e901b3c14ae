"""Guards of joining: by whose token, and under whose signature, a machine becomes a node."""

import base64

from homeground.admission_policy import Rule, Target
from homeground.failover import BOOTSTRAPPERS
from homeground.failover.access import KUBELET_SIGNER
from homeground.guard import Guard


def signing_requests() -> Guard:
    """Which of them may be signed is the operator's to judge: CN, key and usages are in the request itself."""
    return Guard(
        "failover-signing-requests",
        Target("certificates.k8s.io", ["v1"], ["certificatesigningrequests/approval"], ["UPDATE"], "Cluster"),
        (
            Rule(f"object.spec.signerName == '{KUBELET_SIGNER}'", f"the operator approves for {KUBELET_SIGNER} only"),
            Rule(
                "object.spec.?username.orValue('').startsWith('system:bootstrap:') && "
                f"'{BOOTSTRAPPERS}' in object.spec.?groups.orValue([])",
                f"the operator approves what a token of {BOOTSTRAPPERS} asked for",
            ),
        ),
    )


def tokens() -> Guard:
    """Policies see a Secret's data as it is sent, in base64."""
    group = base64.b64encode(BOOTSTRAPPERS.encode()).decode()
    return Guard(
        "failover-tokens",
        Target("", ["v1"], ["secrets"], ["CREATE", "UPDATE", "DELETE"]),
        (
            Rule(
                "variables.secret.?type.orValue('') == 'bootstrap.kubernetes.io/token' && "
                "variables.secret.metadata.name.startsWith('bootstrap-token-')",
                "the operator's Secrets are bootstrap tokens",
            ),
            Rule(
                f"variables.secret.?data['auth-extra-groups'].orValue('') == '{group}'",
                f"the operator's tokens are of {BOOTSTRAPPERS} alone",
            ),
            Rule("has(variables.secret.data) && 'expiration' in variables.secret.data", "a token has an end"),
        ),
        variables=(("secret", "request.operation == 'DELETE' ? oldObject : object"),),
    )
