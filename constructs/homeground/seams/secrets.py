"""Nothing secret in Git, and nothing whose version nobody knows."""

from collections.abc import Iterator, Mapping
from typing import Any

from homeground.image import names_a_version
from homeground.problem import Problem
from homeground.seams.synthesis import Synthesis


def nothing_is_readable(synthesis: Synthesis) -> Iterator[Problem]:
    """No Secret with data is ever rendered; sealed ones only."""
    for rendered in synthesis.of_kind("Secret"):
        if rendered.manifest.get("data") or rendered.manifest.get("stringData"):
            yield rendered.problem("data", "a readable Secret", "a SealedSecret")


def sealed_ones_are_wanted(synthesis: Synthesis) -> Iterator[Problem]:
    """A sealed file has the keys that its app needs, and an app that needs it."""
    wanted = {(ref.namespace, ref.name): ref for app in synthesis.apps for ref in app.props.secrets}
    for key, source in synthesis.platform.loaded.sealed.items():
        if key not in wanted:
            expected = "a secret that an app of this cluster asks for"
            yield source.problem(("metadata", "name"), "/".join(key), expected)
            continue
        has = ((source.data.get("spec") or {}).get("encryptedData") or {}).keys()
        if missing := [name for name in wanted[key].keys if name not in has]:
            command = wanted[key].kubeseal(synthesis.platform.cluster.name)
            yield source.problem(("spec", "encryptedData"), f"no {', '.join(missing)}", f"all keys: {command}")


def unsealed(synthesis: Synthesis) -> Iterator[str]:
    """The secrets that are still to be sealed, each with its command."""
    cluster = synthesis.platform.cluster.name
    for app in synthesis.apps:
        for ref in app.props.secrets:
            if (ref.namespace, ref.name) not in synthesis.platform.loaded.sealed:
                yield f"{cluster}: {app.props.name} needs a secret that is not sealed yet:\n  {ref.kubeseal(cluster)}"


def images_name_a_version(synthesis: Synthesis) -> Iterator[Problem]:
    """No image without a tag or digest, and none called latest."""
    for rendered in synthesis.objects:
        for field, image in _images(rendered.manifest, ""):
            if not names_a_version(image):
                yield rendered.problem(field, image, "a tag other than latest, or a digest")


def _images(value: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "image" and isinstance(item, str):
                yield f"{field}.{key}".lstrip("."), item
            else:
                yield from _images(item, f"{field}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _images(item, f"{field}[{index}]")
