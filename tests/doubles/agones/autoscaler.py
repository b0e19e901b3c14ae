"""FleetAutoscaler: the Buffer and Webhook policies, at their interval.

Counter, List, Schedule, Chain and Wasm are a gap: the autoscaler says that it is not able to scale.
"""

import base64
import math
import ssl
import threading
import uuid
from datetime import UTC, datetime

import urllib3

from tests.doubles.agones import canonical
from tests.doubles.agones.autoscaler_rules import percent
from tests.doubles.agones.names import Json, key, terminating
from tests.doubles.agones.objects import Objects
from tests.doubles.agones.work_queue import WorkQueue

WEBHOOK_SECONDS = 15


class PolicyError(Exception):
    """The wanted size can't be computed."""


class AutoscalerController:
    """Each autoscaler is looked at when it is made or changed, and at its interval; never because its Fleet changed."""

    def __init__(self, objects: Objects, queue: WorkQueue) -> None:
        self._objects, self._queue = objects, queue
        self._clocks: dict[str, tuple[int, threading.Event]] = {}  # generation and stop, by uid
        objects.autoscalers.on_change(self._on_autoscaler)

    def sync(self, namespace: str, name: str) -> None:
        autoscaler = self._objects.autoscalers.get(namespace, name)
        if autoscaler is None:
            return
        fleet = self._objects.fleets.get(namespace, autoscaler["spec"]["fleetName"])
        if fleet is None:
            self._set_status(autoscaler, _UNABLE)
            return
        if terminating(fleet):
            return
        try:
            wanted, limited = desired(autoscaler["spec"]["policy"], fleet)
        except PolicyError:
            self._set_status(autoscaler, _UNABLE)
            raise
        scaled = wanted != fleet["spec"].get("replicas", 0)  # none, if it was made before the webhooks were there
        if scaled:
            new = canonical.fleet(fleet)
            self._objects.update(new | {"spec": new["spec"] | {"replicas": wanted}})
        status: Json = {
            "currentReplicas": (fleet.get("status") or {}).get("replicas", 0),
            "desiredReplicas": wanted,
            "ableToScale": True,
            "scalingLimited": limited,
            "lastAppliedPolicy": autoscaler["spec"]["policy"]["type"],
        }
        if scaled:
            status["lastScaleTime"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._set_status(autoscaler, status)

    def _set_status(self, autoscaler: Json, status: Json) -> None:
        # Real: what was never able to scale has no status at all, for Go can't tell none from one of zeros.
        now = {"lastScaleTime": None} | _UNABLE | (autoscaler.get("status") or {})
        new = now | status
        if new != now:
            self._objects.update(autoscaler | {"status": new}, "status")

    def _on_autoscaler(self, old: Json | None, new: Json | None) -> None:
        uid = (new or old or {})["metadata"]["uid"]
        generation, stop = self._clocks.get(uid, (0, None))
        if new and generation == new["metadata"]["generation"]:
            return
        if stop:
            stop.set()
            del self._clocks[uid]
        if new:
            stop = threading.Event()
            self._clocks[uid] = new["metadata"]["generation"], stop
            seconds = new["spec"]["sync"]["fixedInterval"]["seconds"]
            threading.Thread(target=self._tick, args=(key(new), seconds, stop), daemon=True).start()

    def _tick(self, which: tuple[str, str], seconds: float, stop: threading.Event) -> None:
        self._queue.add(self.sync, *which)
        while not stop.wait(seconds):
            self._queue.add(self.sync, *which)


_UNABLE: Json = {
    "currentReplicas": 0,
    "desiredReplicas": 0,
    "ableToScale": False,
    "scalingLimited": False,
    "lastAppliedPolicy": "",
}


def desired(policy: Json, fleet: Json) -> tuple[int, bool]:
    """The size that the policy wants, and whether its limits cut it. Raises PolicyError."""
    if policy["type"] == "Buffer":
        return _buffer(policy["buffer"], int((fleet.get("status") or {}).get("allocatedReplicas", 0)))
    if policy["type"] == "Webhook":
        return _ask(policy["webhook"], fleet), False
    raise PolicyError(f"the double has no policy {policy['type']}")


def _buffer(buffer: Json, allocated: int) -> tuple[int, bool]:
    size = buffer["bufferSize"]
    # A percentage is of the wanted size, so the allocated servers are all the rest of it.
    wanted = allocated + size if isinstance(size, int) else math.ceil(allocated * 100 / (100 - percent(size)))
    limited = min(max(wanted, buffer.get("minReplicas", 0)), buffer["maxReplicas"])
    return limited, limited != wanted


def _ask(webhook: Json, fleet: Json) -> int:
    """The answer of a webhook given by `url`; one given by `service` needs the cluster's DNS."""
    if not webhook.get("url"):
        raise PolicyError("no such host: a Service has no name here")
    request = {
        "uid": str(uuid.uuid4()),
        "name": key(fleet)[1],
        "namespace": key(fleet)[0],
        "status": canonical.fleet(fleet)["status"],
        **{name: fleet["metadata"][name] for name in ("labels", "annotations") if fleet["metadata"].get(name)},
    }
    bundle = webhook.get("caBundle")
    trusted = ssl.create_default_context(cadata=base64.b64decode(bundle).decode()) if bundle else None
    try:
        with urllib3.PoolManager(ssl_context=trusted, retries=False, timeout=WEBHOOK_SECONDS) as pool:
            answer = pool.request("POST", webhook["url"], json={"request": request, "response": None})
            response = answer.json()["response"] if answer.status == 200 else None
    except (urllib3.exceptions.HTTPError, ValueError, KeyError) as error:
        raise PolicyError(str(error)) from error
    if not response:
        raise PolicyError(f"bad status code {answer.status} from the server: {webhook['url']}")
    return int(response["replicas"] if response.get("scale") else (fleet.get("status") or {}).get("replicas", 0))
