"""Game files: read-only, and named by the hash of their content."""

import re
from collections.abc import Iterator

from homeground.platform import Platform
from homeground.problem import Problem
from homeground.seams.synthesis import Rendered, Synthesis, at


def storage_exists(platform: Platform) -> Iterator[Problem]:
    """A game whose files lie in object storage runs only where there is one."""
    if platform.cluster.object_storage:
        return
    for loaded in platform.loaded_games:
        backend = loaded.value.files.backend
        if backend != "image":
            expected = (
                f"image, or objectStorage in {platform.source.file}, or `clusters` without {platform.cluster.name}"
            )
            yield loaded.source.problem(("files", "backend"), backend, expected)


def volumes_are_read_only(synthesis: Synthesis) -> Iterator[Problem]:
    """A server can't change what the next match runs: claim, mount and PersistentVolume all say read-only."""
    for rendered in synthesis.of_kind("Fleet"):
        pod = at(rendered.manifest, "spec.template.spec.template.spec") or {}
        claims = [v for v in pod.get("volumes", []) if "persistentVolumeClaim" in v]
        for claim in claims:
            if not claim["persistentVolumeClaim"].get("readOnly"):
                yield rendered.problem(f"volumes.{claim['name']}", "readOnly unset", "readOnly: true")
            for mount in (
                m for c in pod["containers"] for m in c.get("volumeMounts", []) if m["name"] == claim["name"]
            ):
                if not mount.get("readOnly"):
                    yield rendered.problem(f"volumeMounts.{mount['name']}", "readOnly unset", "readOnly: true")
    for rendered in _game_volumes(synthesis):
        if rendered.spec["accessModes"] != ["ReadOnlyMany"]:
            yield rendered.problem("spec.accessModes", rendered.spec["accessModes"], "ReadOnlyMany alone")
        options = at(rendered.spec, "csi.volumeAttributes.options") or " ".join(rendered.spec.get("mountOptions", []))
        if "-o ro" not in options and "read-only" not in options:
            yield rendered.problem("spec.csi", options, "a mount option that makes the driver read-only")


def volumes_are_content_addressed(synthesis: Synthesis) -> Iterator[Problem]:
    """Each volume's handle ends in a SHA-256 and no two are the same: a driver mounts one handle once a node."""
    seen: dict[str, str] = {}
    for rendered in _game_volumes(synthesis):
        handle = rendered.spec["csi"]["volumeHandle"]
        if not re.search(r"/[0-9a-f]{64}$", handle):
            yield rendered.problem("spec.csi.volumeHandle", handle, "bucket/game/<sha256>")
        if handle in seen:
            yield rendered.problem("spec.csi.volumeHandle", handle, f"a handle of its own (also {seen[handle]})")
        seen.setdefault(handle, rendered.file)


def _game_volumes(synthesis: Synthesis) -> Iterator[Rendered]:
    return (r for r in synthesis.of_kind("PersistentVolume") if "csi" in r.spec)
