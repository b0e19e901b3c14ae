"""GameServer -> Pod, state by state: PortAllocation, Creating, Starting, Scheduled; RequestReady, Ready; Shutdown."""

import copy
import ipaddress
from datetime import UTC, datetime

from tests.cluster.api import ApiError
from tests.doubles.agones.names import (
    DEV_ADDRESS_ANNOTATION,
    ERRORED_AT_ANNOTATION,
    FINALIZER,
    Json,
    annotations,
    is_development,
    key,
    owner,
    state,
    terminating,
)
from tests.doubles.agones.objects import Objects
from tests.doubles.agones.pod import is_game_server_pod, new_pod
from tests.doubles.agones.ports import PortAllocator
from tests.doubles.agones.settings import Settings
from tests.doubles.agones.work_queue import Again, WorkQueue

_LIVE = ("Scheduled", "Ready", "Reserved", "Allocated")
_PREFERENCE = ("ExternalDNS", "ExternalIP", "InternalDNS", "InternalIP")


class GameServerController:
    """Leads each server through the states that are Agones' part; the SDK and allocation set the others."""

    def __init__(self, objects: Objects, queue: WorkQueue, settings: Settings) -> None:
        self._objects, self._queue, self._settings = objects, queue, settings
        self._ports = PortAllocator(settings.ranges)
        objects.servers.on_change(self._on_server)
        objects.pods.on_change(self._on_pod)

    def restore(self) -> None:
        """Take up the ports in use; before the queue starts."""
        self._ports.restore(self._objects.nodes.list(), self._objects.servers.list())

    def sync(self, namespace: str, name: str) -> None:
        server = self._objects.servers.get(namespace, name)
        if server is None:
            return
        if terminating(server):
            self._finish(server)
            return
        if state(server) == "PortAllocation":
            server = self._allocate_ports(server)
        if state(server) == "Shutdown":
            self._objects.delete(server)
        elif is_development(server):
            self._register(server)
        else:
            self._advance(server)

    def _advance(self, server: Json) -> None:
        if state(server) == "Creating":
            server = self._create_pod(server)
        if state(server) == "Starting":
            server = self._schedule(server)
        if state(server) == "RequestReady":
            server = self._make_ready(server)
        if state(server) in _LIVE:
            self._add_pod_addresses(server)

    def _on_server(self, old: Json | None, new: Json | None) -> None:
        if new is None:
            if old:
                self._ports.free(old)
        elif old is None or state(old) != state(new) or terminating(new):
            self._queue.add(self.sync, *key(new))

    def _on_pod(self, old: Json | None, new: Json | None) -> None:
        pod = new or old
        parent = owner(pod) if pod and is_game_server_pod(pod) else None
        if pod and parent and (old is None or new is None or _placed(old) != _placed(new)):
            self._queue.add(self.sync, key(pod)[0], parent["name"])

    def _finish(self, server: Json) -> None:
        """The finalizer goes when the pod is gone."""
        pod = self._objects.pod_of(server)
        if pod and not is_development(server):
            if not terminating(pod):
                self._objects.delete(pod)
            return
        left = [each for each in server["metadata"].get("finalizers") or () if each not in (FINALIZER, "agones.dev")]
        if left != server["metadata"].get("finalizers"):
            self._objects.update(server | {"metadata": server["metadata"] | {"finalizers": left}})

    def _allocate_ports(self, server: Json) -> Json:
        new = copy.deepcopy(server)
        self._ports.allocate(new)
        try:
            return self._objects.set_state(new, "Creating")
        except Exception:
            self._ports.free(new)
            raise

    def _create_pod(self, server: Json) -> Json:
        if self._objects.pod_of(server) is None:
            _split_static_ports(server := copy.deepcopy(server))
            try:
                self._objects.create(new_pod(server, self._settings))
            except ValueError:
                return self._fail(server)
            except ApiError as error:
                if error.reason in ("Invalid", "Forbidden"):
                    return self._fail(server)
                if error.reason != "AlreadyExists":
                    raise
        return self._objects.set_state(server, "Starting")

    def _fail(self, server: Json) -> Json:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        notes = annotations(server) | {ERRORED_AT_ANNOTATION: at}
        return self._objects.set_state(server | {"metadata": server["metadata"] | {"annotations": notes}}, "Error")

    def _schedule(self, server: Json) -> Json:
        pod = self._objects.pod_of(server)
        if pod is None:
            raise Again
        return self._objects.set_state(server, "Scheduled", **self.address(server, pod))

    def _make_ready(self, server: Json) -> Json:
        pod = self._objects.pod_of(server)
        if pod is None:
            raise Again
        where = {} if server["status"].get("nodeName") else self.address(server, pod)
        known = where.get("addresses") or server["status"].get("addresses") or []
        return self._objects.set_state(server, "Ready", **(where | {"addresses": known + _new_addresses(known, pod)}))

    def address(self, server: Json, pod: Json) -> Json:
        """`status.address` and what comes with it. Raises Again while the pod has no node, or the node no address."""
        node = self._objects.nodes.get("", pod["spec"].get("nodeName", ""))
        if node is None:
            raise Again
        addresses = [dict(each) for each in node["status"].get("addresses") or ()]
        ports = [
            {
                "name": port.get("name", ""),
                "port": port.get("containerPort" if port["portPolicy"] == "None" else "hostPort", 0),
            }
            for port in server["spec"].get("ports") or ()
        ]
        return {
            "address": _primary(addresses),
            "addresses": addresses + _new_addresses([], pod),
            "nodeName": node["metadata"]["name"],
            "ports": [{name: value for name, value in port.items() if value or name == "port"} for port in ports],
        }

    def _add_pod_addresses(self, server: Json) -> None:
        pod = self._objects.pod_of(server)
        known = server["status"].get("addresses") or []
        new = _new_addresses(known, pod) if pod else []
        if new:
            self._objects.set_state(server, state(server), addresses=known + new)

    def _register(self, server: Json) -> None:
        """A development server is Ready at once, at the address it was given."""
        if state(server) == "RequestReady":
            self._objects.set_state(server, "Ready")
        elif state(server) == "Creating":
            at = annotations(server)[DEV_ADDRESS_ANNOTATION]
            ports = [
                {"name": port.get("name", ""), "port": port["hostPort"]} for port in server["spec"].get("ports") or ()
            ]
            addresses = [{"type": "InternalIP", "address": at}]
            self._objects.set_state(server, "Ready", address=at, addresses=addresses, nodeName=at, ports=ports)


def _placed(pod: Json) -> tuple[str, object]:
    return pod["spec"].get("nodeName", ""), pod.get("status", {}).get("podIPs")


def _primary(addresses: list[Json]) -> str:
    """The address told to players."""
    for type_ in _PREFERENCE:
        for each in addresses:
            if each["type"] == type_ and (type_.endswith("DNS") or _is_ip(each["address"])):
                return str(each["address"])
    raise Again


def _is_ip(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _new_addresses(known: list[Json], pod: Json) -> list[Json]:
    had = {each["address"] for each in known if each["type"] == "PodIP"}
    ips = [each["ip"] for each in pod.get("status", {}).get("podIPs") or ()]
    return [{"type": "PodIP", "address": ip} for ip in ips if ip not in had]


def _split_static_ports(server: Json) -> None:
    """A static TCPUDP port becomes two; the allocator does so with dynamic ones."""
    doubled = []
    for port in server["spec"].get("ports") or ():
        if port["portPolicy"] == "Static" and port["protocol"] == "TCPUDP":
            name = port.get("name", "")
            copied = {field: each for field, each in port.items() if field != "range"}
            doubled.append(copied | {"name": f"{name}-udp", "protocol": "UDP"})
            port |= {"name": f"{name}-tcp", "protocol": "TCP"}
    if doubled:
        server["spec"]["ports"] += doubled
