"""Every label and taint of ours, in one place: a word misspelt twice would never match."""

DOMAIN = "homeground.dev"

SITE = f"{DOMAIN}/site"
"""On nodes (kubelet registers it) and on game servers whose placement is known at synth time."""

RUNNER = f"{DOMAIN}/runner"
"""`"true"` on nodes that play games, permanent or temporary."""

ALWAYS_ON = f"{DOMAIN}/always-on"
"""`"true"` on nodes that survive the loss of every home site."""

TENANT = f"{DOMAIN}/tenant"
"""On tenant namespaces and everything in them; admission and network policies select by it."""

GAME = f"{DOMAIN}/game"
"""On game servers; allocation selects by it."""

SERVES_TENANTS = f"{DOMAIN}/serves-tenants"
"""`"true"` on the pods of platform services that game servers may call (the JWKS endpoint)."""

PLATFORM = f"{DOMAIN}/platform"
"""`"true"` on the namespaces of the platform's own components."""

QUARANTINE = f"{DOMAIN}/quarantine"
"""Taint a temporary node registers with, lifted by the failover operator."""

KATA_STARTUP = "katacontainers.io/kata-runtime"
"""Taint a runner registers with, lifted by kata-deploy once the runtime is installed (chart value startupTaints)."""

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
"""kubeadm's taint on control-plane nodes."""

PARTITION_TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
"""Kubernetes' taints on a node that it can't reach, whose machine may well be playing on."""

RUNTIME_CLASS = "kata-qemu-runtime-rs"
"""Name of the RuntimeClass of every game server, on every cluster."""


def tenant_namespace(tenant: str) -> str:
    """One namespace a tenant (facts: a stolen SDK token patches every GameServer of its namespace)."""
    return f"games-{tenant}"
