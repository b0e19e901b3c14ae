"""The flags of Agones' controller and extensions that the double knows, by the same names."""

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.doubles.agones.names import VERSION

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}


@dataclass(frozen=True)
class Settings:
    """`ranges` are host ports by name, both ends included; durations are in seconds."""

    kubeconfig: Path
    webhook_port: int
    certificate: Path
    key: Path
    ranges: dict[str, tuple[int, int]]
    sidecar_image: str
    sidecar_requests: dict[str, str]
    sidecar_limits: dict[str, str]
    batch_wait: float


def duration(text: str) -> float:
    """A Go duration of one unit (`500ms`, `1.5s`, `2m`) in seconds."""
    found = re.fullmatch(r"([\d.]+)(ms|s|m)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"not a duration: {text}")
    return float(found[1]) * _UNITS[found[2]]


def parse(arguments: Sequence[str] | None = None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.agones", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--webhook-port", type=int, required=True)
    parser.add_argument("--cert-file", type=Path, required=True, help="serving certificate, PEM")
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--min-port", type=int, default=7000)
    parser.add_argument("--max-port", type=int, default=8000)
    parser.add_argument("--additional-port-ranges", type=json.loads, default={}, help='{"home": [7000, 7499]}')
    parser.add_argument("--sidecar-image", default=f"us-docker.pkg.dev/agones-images/release/agones-sdk:{VERSION}")
    for name in ("cpu-request", "cpu-limit", "memory-request", "memory-limit"):
        parser.add_argument(f"--sidecar-{name}", default="0")
    parser.add_argument("--allocation-batch-wait-time", type=duration, default=0.5, help="a Go duration; 500ms")
    given = parser.parse_args(arguments)
    extra = {name: (first, last) for name, (first, last) in given.additional_port_ranges.items()}
    return Settings(
        kubeconfig=given.kubeconfig,
        webhook_port=given.webhook_port,
        certificate=given.cert_file,
        key=given.key_file,
        ranges=extra | {"default": (given.min_port, given.max_port)},
        sidecar_image=given.sidecar_image,
        sidecar_requests=_amounts(cpu=given.sidecar_cpu_request, memory=given.sidecar_memory_request),
        sidecar_limits=_amounts(cpu=given.sidecar_cpu_limit, memory=given.sidecar_memory_limit),
        batch_wait=given.allocation_batch_wait_time,
    )


def _amounts(**amounts: str) -> dict[str, str]:
    return {name: amount for name, amount in amounts.items() if amount != "0"}
