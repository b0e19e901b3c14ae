"""Open Match's own minimatch beside a Redis: the real core, for whoever has built it (OPEN_MATCH_BIN)."""

import os
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from matchmaking.embedded.intervals import Intervals
from tests.cluster.ports import Ports
from tests.cluster.process import Process
from tests.cluster.tools import redis
from tests.cluster.wait import wait_for

SERVICES = ("backend", "frontend", "query", "synchronizer", "minimatch")


def executable() -> Path | None:
    folder = os.environ.get("OPEN_MATCH_BIN")
    return Path(folder) / "minimatch" if folder else None


@contextmanager
def running(minimatch: Path, folder: Path, ports: Ports, intervals: Intervals, evaluator: int) -> Iterator[int]:
    """Its gRPC port."""
    grpc, http, store = (ports.take() for _ in range(3))
    with ExitStack() as stack:
        command: list[str | Path] = [redis.executable(), "--save", "", "--appendonly", "no", "--port", str(store)]
        stack.callback(Process("redis", command, folder).start().kill)
        for name, content in (("default", _default(grpc, http, store)), ("override", _override(intervals, evaluator))):
            (folder / f"matchmaker_config_{name}.yaml").write_text(yaml.safe_dump(content))
        process = Process("minimatch", [minimatch], folder).start()
        stack.callback(process.kill)
        wait_for("minimatch", lambda: _healthy(process, http), 20)
        yield grpc


def _healthy(process: Process, port: int) -> bool:
    process.check()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz?readiness=true") as answer:
        return bool(answer.status == 200)


def _default(grpc: int, http: int, store: int) -> dict[str, Any]:
    itself = {"hostname": "127.0.0.1", "grpcport": str(grpc), "httpport": str(http)}
    return {
        "logging": {"level": "info", "format": "text", "rpc": False},
        "backoff": {
            "initialInterval": "20ms",
            "maxInterval": "100ms",
            "multiplier": 1.5,
            "randFactor": 0.5,
            "maxElapsedTime": "3000ms",
        },
        "api": dict.fromkeys(SERVICES, itself),
        "redis": {"hostname": "127.0.0.1", "port": store, "pool": {"maxIdle": 50, "maxActive": 0, "idleTimeout": 0}},
        "telemetry": {"reportingPeriod": "1m", "traceSamplingFraction": "0", "prometheus": {"enable": "false"}},
    }


def _override(intervals: Intervals, evaluator: int) -> dict[str, Any]:
    def milliseconds(seconds: float) -> str:
        return f"{round(1000 * seconds)}ms"

    return {
        "registrationInterval": milliseconds(intervals.registration),
        "proposalCollectionInterval": milliseconds(intervals.collection),
        "pendingReleaseTimeout": milliseconds(intervals.pending_release),
        "assignedDeleteTimeout": milliseconds(intervals.assigned_delete),
        "queryPageSize": intervals.page,
        "backfillLockTimeout": "1m",
        "api": {"evaluator": {"hostname": "127.0.0.1", "grpcport": str(evaluator), "httpport": str(evaluator)}},
    }
