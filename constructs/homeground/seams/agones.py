"""Agones under Argo CD: sessions survive, and Git and cluster agree on every field."""

from collections.abc import Iterator, Mapping
from typing import Any

from homeground.app import WAVE
from homeground.labels import OUT_OF_SERVICE, PARTITION_TAINTS
from homeground.output import identity
from homeground.problem import Problem
from homeground.quantity import cpu, millicores
from homeground.seams.runtime import game_pods
from homeground.seams.synthesis import Synthesis, at


def servers_are_never_evicted(synthesis: Synthesis) -> Iterator[Problem]:
    """A drain must not end a match."""
    for rendered in synthesis.of_kind("Fleet"):
        safe = at(rendered.manifest, "spec.template.spec.eviction.safe")
        if safe != "Never":
            yield rendered.problem("spec.template.spec.eviction.safe", safe, "Never")


def servers_outwait_a_partition(synthesis: Synthesis) -> Iterator[Problem]:
    """Pods stay bound to an unreachable node as long as a match lasts, and give way to out-of-service at once."""
    longest = {game.name: game.server.longest_session_minutes * 60 for game in synthesis.platform.games}
    for rendered, pod in game_pods(synthesis):
        tolerated = {t.get("key"): t for t in pod.get("tolerations", [])}
        if OUT_OF_SERVICE in tolerated or None in tolerated:
            yield rendered.problem("tolerations", OUT_OF_SERVICE, "no toleration of it: it says the machine is dead")
        for key in PARTITION_TAINTS:
            seconds = tolerated.get(key, {}).get("tolerationSeconds", 0)
            if seconds < longest.get(rendered.name, 0):
                found, expected = f"{key} for {seconds} s", f"at least {longest[rendered.name]} s, the longest session"
                yield rendered.problem("tolerations", found, expected)


def autoscaler_owns_replicas(synthesis: Synthesis) -> Iterator[Problem]:
    """A Fleet with an autoscaler has no replicas in Git, one without has; and the autoscaler's Fleet exists."""
    fleets = {(r.namespace, r.name): r for r in synthesis.of_kind("Fleet")}
    scaled = {(r.namespace, r.spec["fleetName"]): r for r in synthesis.of_kind("FleetAutoscaler")}
    for key, rendered in scaled.items():
        if key not in fleets:
            yield rendered.problem("spec.fleetName", key[1], "a Fleet of its namespace")
    for key, rendered in fleets.items():
        if ("replicas" in rendered.spec) == (key in scaled):
            found = f"replicas {rendered.spec.get('replicas', 'unset')}"
            yield rendered.problem("spec.replicas", found, "no replicas beside a FleetAutoscaler, else a number")


def servers_are_spread(synthesis: Synthesis) -> Iterator[Problem]:
    """Distributed: Packed's pod affinity gathers a whole fleet on one home machine."""
    for rendered in synthesis.of_kind("Fleet"):
        if rendered.spec.get("scheduling") != "Distributed":
            yield rendered.problem("spec.scheduling", rendered.spec.get("scheduling"), "Distributed")


def sidecar_has_limits(synthesis: Synthesis) -> Iterator[Problem]:
    """The SDK sidecar has requests and limits; Agones' default of none gives Kata a VM of 32 MiB."""
    values = synthesis.values("agones")
    if values is None:
        return
    for name in ("cpuRequest", "cpuLimit", "memoryRequest", "memoryLimit"):
        amount = at(values, f"agones.image.sdk.{name}")
        if not amount or amount == "0":
            yield Problem("apps/agones.py", 0, f"agones agones.image.sdk.{name}", str(amount), "an amount")


def port_ranges_exist(synthesis: Synthesis) -> Iterator[Problem]:
    """A Fleet names a port range that Agones' controller knows: for another it silently gives no host port."""
    values = synthesis.values("agones")
    known = {"default", *(at(values, "gameservers.additionalPortRanges") or {})} if values is not None else {"default"}
    for rendered in synthesis.of_kind("Fleet"):
        for port in at(rendered.manifest, "spec.template.spec.ports") or []:
            if port.get("range", "default") not in known:
                field = f"spec.template.spec.ports.{port['name']}.range"
                yield rendered.problem(field, port["range"], f"one of {', '.join(sorted(known))}")


def fleets_are_last(synthesis: Synthesis) -> Iterator[Problem]:
    """Nothing waits for a Fleet: an app with Fleets has no waves and no hooks, or a size that can't fit
    would block even its own revert (seen on the real Argo CD)."""
    with_fleets = {rendered.app for rendered in synthesis.of_kind("Fleet")}
    for rendered in synthesis.objects:
        annotations = at(rendered.manifest, "metadata.annotations") or {}
        for key in (WAVE, "argocd.argoproj.io/hook"):
            if rendered.app in with_fleets and key in annotations:
                yield rendered.problem(
                    f"metadata.annotations.{key}", annotations[key], "no waves and hooks beside Fleets"
                )


def form_is_canonical(synthesis: Synthesis) -> Iterator[Problem]:
    """What Agones' webhook would drop or rewrite shows as drift for ever: zero values, 1000m for 1."""
    for rendered in synthesis.objects:
        if identity(rendered.manifest)[0].endswith("agones.dev"):
            for field, value, expected in _odd(rendered.spec, "spec"):
                yield rendered.problem(field, repr(value), expected)


def _odd(value: Any, field: str) -> Iterator[tuple[str, Any, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _odd(item, f"{field}.{key}")
            if key == "cpu" and isinstance(item, str) and item != cpu(millicores(item)):
                yield f"{field}.cpu", item, f"{cpu(millicores(item))}, as the API server writes it"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _odd(item, f"{field}[{index}]")
    pointers = (
        "allowPrivilegeEscalation",
        "enableServiceLinks",
        "readOnlyRootFilesystem",
        "automountServiceAccountToken",
    )
    empty = value is False or value in ("", [])
    if empty and not field.endswith(pointers):  # those are pointers in Go: false is kept, and means something
        yield field, value, "no zero value: Agones' webhook drops it"
