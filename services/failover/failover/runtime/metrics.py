"""What is counted: Prometheus metrics in base units. A node's name may be a label, a match's never."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

STAGE_SECONDS = (1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 300, 600)
CALL_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90)


class Metrics:
    """All of them, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.incidents = Counter("failover_incidents", "Incidents that ended", ["outcome", "reason"], registry=registry)
        self.phase = Gauge("failover_phase", "1 for the phase that a node is in", ["node", "phase"], registry=registry)
        self.stage = Histogram(
            "failover_stage_duration_seconds",
            "From the beginning of an incident to this stage of it",
            ["stage"],
            buckets=STAGE_SECONDS,
            registry=registry,
        )
        self.machines = Gauge("failover_vms", "Temporary machines on record", ["zone", "state"], registry=registry)
        self.errors = Counter("failover_vm_create_errors", "Attempts that failed", ["error", "zone"], registry=registry)
        self.orphans = Counter("failover_orphan_vms_deleted", "Machines that no record knew", registry=registry)
        self.orphans_seen = Gauge("failover_orphan_vms", "Machines that no record knows", registry=registry)
        self.sessions = Gauge(
            "failover_sessions_remaining", "Matches that a drain waits for", ["node"], registry=registry
        )
        self.forced = Counter("failover_sessions_force_ended", "Matches ended by the maximum wait", registry=registry)
        self.blocked = Gauge("failover_blocked", "1 while nothing is done", ["node", "reason"], registry=registry)
        self.out_of_service = Gauge(
            "failover_out_of_service_taints", "Taints of ours", ["node", "ready"], registry=registry
        )
        self.outage = Gauge("failover_site_outage", "1 while a site is silent", ["site"], registry=registry)
        self.leader = Gauge("failover_leader", "1 for the replica that leads", registry=registry)
        self.reconcile_errors = Counter("failover_reconcile_errors", "Looks that failed", registry=registry)
        self.reconcile = Histogram(
            "failover_reconcile_duration_seconds",
            "One look, its write included",
            buckets=CALL_SECONDS,
            registry=registry,
        )
        self.heard = Gauge(
            "failover_watch_silence_seconds",
            "Since the API server last spoke of a kind",
            ["resource"],
            registry=registry,
        )
        self.api = Histogram(
            "failover_kubernetes_api_request_duration_seconds",
            "Calls of the Kubernetes API",
            ["verb", "resource", "code"],
            buckets=CALL_SECONDS,
            registry=registry,
        )
        self.cloud = Histogram(
            "failover_cloud_api_request_duration_seconds",
            "Calls of the cloud",
            ["method", "code"],
            buckets=CALL_SECONDS,
            registry=registry,
        )
