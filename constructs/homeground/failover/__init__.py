"""The failover operator on a cluster: its Deployment and configuration, what it may do, and what it may not do even so.

The program itself is services/failover, an image of its own: nothing here imports it.
"""

NAMESPACE = "failover"
NAME = "failover"
USER = f"system:serviceaccount:{NAMESPACE}:{NAME}"
"""Who the operator is to the API server."""

BOOTSTRAPPERS = "system:bootstrappers:homeground-failover"
"""The group of its join tokens. Not kubeadm's, whose signing requests are approved unseen."""

METRICS_PORT = 8080
"""Metrics and probes."""

LABELS = {"app.kubernetes.io/name": NAME}
