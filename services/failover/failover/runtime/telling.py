"""What a written status is news of: Events on the record and on the node, and what is counted."""

from datetime import datetime

from failover.decision import action as act
from failover.record import Phase, Status
from failover.runtime.caches import Caches
from failover.runtime.metrics import Metrics
from kubeclient.clock import Clock
from kubeclient.events import EventRecorder
from kubeclient.resources import NODE_FAILOVERS, NODES, Json

WARNINGS = frozenset(
    {"FailoverBlocked", "AttemptFailed", "DrainForced", "DeadConfirmed", "FailedAgain", "OrphanAdopted"}
)


class Telling:
    """`told` follows every status that was written."""

    def __init__(self, clock: Clock, caches: Caches, recorder: EventRecorder, metrics: Metrics) -> None:
        self._clock, self._caches, self._recorder, self._metrics = clock, caches, recorder, metrics

    def told(self, node: str, written: act.WriteStatus) -> None:
        self._count(node, written)
        if not written.event:
            return
        kind = "Warning" if written.event in WARNINGS else "Normal"
        for resource, cache in ((NODE_FAILOVERS, self._caches.records), (NODES, self._caches.nodes)):
            if obj := cache.objects.get(("", node)):
                own: Json = {"apiVersion": resource.api_version, "kind": resource.kind}
                self._recorder.record(own | obj, written.event, written.why or written.event, type_=kind)  # type: ignore[arg-type]

    def _count(self, node: str, written: act.WriteStatus) -> None:
        status, metrics = written.status, self._metrics
        for phase in Phase:
            metrics.phase.labels(node, phase).set(phase is status.phase)
        metrics.sessions.labels(node).set(status.sessions)
        match written.event:
            case "VMRequested" | "NodeJoined":
                stage = "insert" if written.event == "VMRequested" else "ready"
                metrics.stage.labels(stage).observe(_since(self._clock.now(), status.started_at))
            case "AttemptFailed":
                failed = max(status.attempts, key=lambda each: (bool(each.error), each.number))
                metrics.errors.labels(failed.error, failed.zone).inc()
            case "Completed" if status.history:
                outcome = "stood-in" if status.history[-1].active_after_seconds is not None else "false-alarm"
                metrics.incidents.labels(outcome, status.history[-1].reason).inc()
            case "DrainForced":
                metrics.forced.inc(max(status.sessions, 1))

    def refresh(self, records: dict[str, Status], leading: bool) -> None:
        """What is so now, just before it is asked for."""
        metrics = self._metrics
        metrics.leader.set(leading)
        metrics.blocked.clear()
        metrics.machines.clear()
        for node, status in records.items():
            if status.blocked:
                metrics.blocked.labels(node, status.blocked.partition(":")[0]).set(1)
            for attempt in status.attempts:
                metrics.machines.labels(attempt.zone, attempt.state).inc()
        for name, reflector in self._caches.all.items():
            metrics.heard.labels(name).set(reflector.staleness())


def _since(now: datetime, begun: datetime | None) -> float:
    return (now - begun).total_seconds() if begun else 0.0
