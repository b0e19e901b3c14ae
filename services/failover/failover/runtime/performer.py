"""Each action as the one call that it is, its precondition in the call. One that no longer holds is no error."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatchmethod

import msgspec

from failover import startup, token, words
from failover.config import Config
from failover.decision import action as act
from failover.decision.action import Action
from failover.decision.observed import Observed
from failover.provider import Place
from failover.record import API_VERSION, KIND, Attempt
from failover.runtime import approval, node_patch, overflow_fleet
from failover.runtime.machines import Machines
from failover.runtime.observer import Signs
from kubeclient.client import Client
from kubeclient.error import ApiError
from kubeclient.resources import (
    GAME_SERVER_SETS,
    GAME_SERVERS,
    NODE_FAILOVERS,
    NODES,
    SECRETS,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cloud:
    """What makes a machine: none of it on a cluster that relies on spare servers."""

    machines: Machines
    key: token.Key
    settings: startup.StartupSettings


class Performer:
    """Carries actions out. `told` is called with the node and the status that was written for it."""

    def __init__(
        self,
        client: Client,
        config: Config,
        signs: Signs,
        cloud: Cloud | None,
        *,
        told: Callable[[str, act.WriteStatus], None],
    ) -> None:
        self._client, self._clock, self._config = client, signs.clock, config
        self._signs, self._cloud, self._told = signs, cloud, told

    async def perform(self, action: Action, seen: Observed | None = None) -> bool:
        """Whether it was carried out (or had been already); False when its precondition no longer held.

        `seen` is what an action of one node was decided on. Raises ApiError for any other refusal.
        """
        try:
            await self._do(action, seen)
        except ApiError as error:
            if error.exists or error.missing:
                return True  # it is so already
            if error.conflict:
                log.info("%s: overtaken: %s", type(action).__name__, error.message)
                return False
            raise
        return True

    @singledispatchmethod
    async def _do(self, action: Action, seen: Observed | None) -> None:
        raise NotImplementedError(f"nobody carries out {type(action).__name__}")

    # The record

    @_do.register
    async def _(self, action: act.CreateRecord, seen: Observed | None) -> None:  # noqa: ARG002
        metadata = {"name": action.node, "finalizers": [words.FINALIZER]}
        await self._client.create(NODE_FAILOVERS, {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata})

    @_do.register
    async def _(self, action: act.WriteStatus, seen: Observed | None) -> None:
        assert seen is not None
        whole = {"op": "add", "path": "/status", "value": msgspec.to_builtins(action.status)}
        operations = [node_patch.unchanged(action.version), whole]
        await self._client.json_patch(NODE_FAILOVERS, seen.name, operations, subresource="status")
        self._expect_new_machines(action, seen)
        self._told(seen.name, action)

    @_do.register
    async def _(self, action: act.RemoveFinalizer, seen: Observed | None) -> None:
        assert seen is not None
        record = await self._client.get(NODE_FAILOVERS, seen.name)
        left = [each for each in record["metadata"].get("finalizers", ()) if each != words.FINALIZER]
        body = {"metadata": {"resourceVersion": action.version, "finalizers": left}}
        await self._client.merge_patch(NODE_FAILOVERS, seen.name, body)

    def _expect_new_machines(self, action: act.WriteStatus, seen: Observed) -> None:
        known = {each.number for each in seen.record.status.attempts} if seen.record else set()
        for attempt in action.status.attempts:
            if self._cloud and attempt.number not in known:
                self._cloud.machines.new(Place(attempt.zone, attempt.vm_name))

    # Game servers

    @_do.register
    async def _(self, action: act.MarkSuspect, seen: Observed | None) -> None:  # noqa: ARG002
        await self._label(action, "true")

    @_do.register
    async def _(self, action: act.ClearSuspect, seen: Observed | None) -> None:  # noqa: ARG002
        await self._label(action, None)

    async def _label(self, action: act.MarkSuspect | act.ClearSuspect, value: str | None) -> None:
        metadata = {"uid": action.uid, "resourceVersion": action.version, "labels": {words.SUSPECT: value}}
        await self._client.merge_patch(GAME_SERVERS, action.name, {"metadata": metadata}, action.namespace)

    @_do.register
    async def _(self, action: act.DeleteServer, seen: Observed | None) -> None:  # noqa: ARG002
        await delete_server(self._client, action)
        self._signs.caches.deleted.add(action.uid)

    @_do.register
    async def _(self, action: act.Nudge, seen: Observed | None) -> None:  # noqa: ARG002
        metadata = {"resourceVersion": action.version, "annotations": {words.NUDGE: action.value}}
        change = {"metadata": metadata, "spec": {"replicas": action.replicas}}
        await self._client.merge_patch(GAME_SERVER_SETS, action.name, change, action.namespace)

    # Nodes

    @_do.register
    async def _(self, action: act.TaintOutOfService, seen: Observed | None) -> None:  # noqa: ARG002
        await node_patch.add_taint(self._client, action.node, action.version, node_patch.OUT_OF_SERVICE)

    @_do.register
    async def _(self, action: act.LiftOutOfService, seen: Observed | None) -> None:  # noqa: ARG002
        await node_patch.remove_taint(self._client, action.node, action.version, words.OUT_OF_SERVICE, words.OWNER)

    @_do.register
    async def _(self, action: act.LiftQuarantine, seen: Observed | None) -> None:  # noqa: ARG002
        await node_patch.remove_taint(self._client, action.node, action.version, words.QUARANTINE)

    @_do.register
    async def _(self, action: act.Cordon, seen: Observed | None) -> None:  # noqa: ARG002
        await node_patch.cordon(self._client, action.node, action.version, action.epoch)

    @_do.register
    async def _(self, action: act.Uncordon, seen: Observed | None) -> None:  # noqa: ARG002
        await node_patch.cordon(self._client, action.node, action.version, 0)

    @_do.register
    async def _(self, action: act.DeleteNode, seen: Observed | None) -> None:  # noqa: ARG002
        await self._client.delete(NODES, action.node, uid=action.uid, version=action.version)

    # Joining

    @_do.register
    async def _(self, action: act.CreateToken, seen: Observed | None) -> None:
        attempt, uid, cloud = self._attempt(action.number, seen)
        manifest = token.secret(cloud.key.token(uid, attempt.number), uid, attempt, self._config.join_timeout)
        try:
            await self._client.create(SECRETS, manifest)
        except ApiError as error:
            if not error.exists:
                raise
        self._signs.tokens[attempt.vm_name] = True

    @_do.register
    async def _(self, action: act.DeleteToken, seen: Observed | None) -> None:
        attempt, uid, cloud = self._attempt(action.number, seen)
        try:
            await self._client.delete(SECRETS, cloud.key.token(uid, attempt.number).name, token.NAMESPACE)
        except ApiError as error:
            if not error.missing:
                raise
        self._signs.tokens[attempt.vm_name] = False

    @_do.register
    async def _(self, action: act.ApproveRequest, seen: Observed | None) -> None:  # noqa: ARG002
        await approval.approve(self._client, action.name, action.uid, self._clock.now())

    # Machines

    @_do.register
    async def _(self, action: act.InsertMachine, seen: Observed | None) -> None:
        attempt, uid, cloud = self._attempt(action.number, seen)
        assert seen is not None
        made = cloud.key.token(uid, attempt.number)
        request = startup.request(
            cloud.settings, self._config, record_uid=uid, home=seen.name, attempt=attempt, token=made
        )
        cloud.machines.insert(request)

    @_do.register
    async def _(self, action: act.ClearMachine, seen: Observed | None) -> None:
        attempt, _, cloud = self._attempt(action.number, seen)
        name = attempt.vm_name
        cloud.machines.clear(Place(attempt.zone, name), startup.SECRET_KEYS, lambda: self._signs.cleared.add(name))

    @_do.register
    async def _(self, action: act.DeleteMachine, seen: Observed | None) -> None:
        attempt, _, cloud = self._attempt(action.number, seen)
        cloud.machines.delete(Place(attempt.zone, attempt.vm_name))

    @_do.register
    async def _(self, action: act.DeleteStray, seen: Observed | None) -> None:  # noqa: ARG002
        if self._cloud:
            self._cloud.machines.delete(action.place)

    def _attempt(self, number: int, seen: Observed | None) -> tuple[Attempt, str, Cloud]:
        """Raises LookupError for an attempt that was not on the record that was decided on."""
        record = seen.record if seen else None
        attempts = record.status.attempts if record else ()
        attempt = next((each for each in attempts if each.number == number), None)
        if attempt is None or record is None or self._cloud is None:
            raise LookupError(f"no attempt {number} on record, or no cloud")
        return attempt, record.uid, self._cloud

    # Overflow Fleets

    @_do.register
    async def _(self, action: act.CreateOverflow, seen: Observed | None) -> None:  # noqa: ARG002
        await overflow_fleet.create(self._client, action)

    @_do.register
    async def _(self, action: act.ChangeOverflow, seen: Observed | None) -> None:  # noqa: ARG002
        await overflow_fleet.change(self._client, action)

    @_do.register
    async def _(self, action: act.DeleteOverflow, seen: Observed | None) -> None:  # noqa: ARG002
        await overflow_fleet.delete(self._client, action)


async def delete_server(client: Client, action: act.DeleteServer) -> None:
    """Only in the version in which nobody was on it: an allocation is an update, and makes another."""
    await client.delete(GAME_SERVERS, action.name, action.namespace, uid=action.uid, version=action.version)
