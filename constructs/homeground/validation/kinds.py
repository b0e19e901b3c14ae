"""Every kind the API server will know: its strict schema and its scope, compiled once from the published files.

Reading the API's OpenAPI document and the CRDs takes seconds, so the result is kept in the cache, one file a
kind, under a key made of all inputs' checksums and of the compiler's own text: nothing stale is ever read.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

from homeground.problem import Problem, ProblemsError
from homeground.validation import compiler, strict, upstream
from homeground.validation.compiler import KindName, compile_kinds, holds_kinds
from homeground.validation.mismatch import Mismatch, UniqueKeys, mismatches
from homeground.validation.upstream import Published

COMPILER = [Path(compiler.__file__), Path(strict.__file__)]


@dataclass(frozen=True)
class Kind:
    """One kind in one version."""

    name: KindName
    namespaced: bool
    file: Path
    """Its strict schema. Read when first used: a run needs some thirty of a hundred."""

    @cached_property
    def schema(self) -> Any:
        try:
            return json.loads(self.file.read_bytes())
        except (OSError, ValueError) as error:
            raise _damaged(self.file, error) from None

    @cached_property
    def validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.schema, validate_formats=True, keywords={strict.UNIQUE_KEYS: UniqueKeys})

    def mismatches(self, manifest: Any) -> Iterator[Mismatch]:
        """Where an object of this kind differs from what the server would take."""
        if not self.validator.is_valid(manifest):
            yield from mismatches(self.validator, self.schema, manifest)


@dataclass(frozen=True)
class Kinds:
    """All known kinds."""

    by_name: Mapping[KindName, Kind]

    def find(self, api_version: str, kind: str) -> Kind | None:
        group, _, version = api_version.rpartition("/")
        return self.by_name.get(KindName(group, version, kind))

    def near(self, api_version: str, kind: str) -> str:
        """` (did you mean apps/v1 Deployment?)`: the same kind elsewhere first, then one that reads like it."""
        names = {f"{name.api_version} {name.kind}": name.kind for name in self.by_name}
        same = [text for text, known in names.items() if known == kind]
        close = same or get_close_matches(f"{api_version} {kind}", names, n=1, cutoff=0.8)
        return f" (did you mean {close[0]}?)" if close else ""


def load(lock: Mapping[str, Published] | None = None) -> Kinds:
    """All kinds of the lock's files, compiled on the first call for these files.

    Raises ProblemsError when a published file can't be had.
    """
    lock = upstream.locked() if lock is None else lock
    inputs = [file for file in lock.values() if holds_kinds(file)]
    folder = upstream.cache_folder() / "schemas" / _key(inputs)
    if not folder.is_dir():
        _compile_into(folder, inputs)
    index = folder / "index.json"
    try:
        rows = json.loads(index.read_bytes())
    except (OSError, ValueError) as error:
        raise _damaged(index, error) from None
    names = [(KindName(*name), namespaced) for *name, namespaced in rows]
    return Kinds({name: Kind(name, namespaced, folder / file_name(name)) for name, namespaced in names})


def file_name(name: KindName) -> str:
    return f"{name.group or 'core'}_{name.version}_{name.kind}.json"


def _key(inputs: Iterable[Published]) -> str:
    parts = [*(path.read_text(encoding="utf-8") for path in COMPILER), *(file.sha256 for file in inputs)]
    return sha256("\n".join(parts).encode()).hexdigest()[:32]


def _compile_into(folder: Path, inputs: list[Published]) -> None:
    """Compile beside the target and rename: other processes see all of it or nothing."""
    paths = upstream.fetch_all(inputs)
    started = time.perf_counter()
    sys.stderr.write(f"kinds: compiling the schemas of {len(inputs)} published files, once for these versions\n")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    part.chmod(0o755)
    rows = set()
    for name, namespaced, schema in compile_kinds(paths):
        (part / file_name(name)).write_text(json.dumps(schema, separators=(",", ":")), encoding="utf-8")
        rows.add((*name, namespaced))
    (part / "index.json").write_text(json.dumps(sorted(rows)), encoding="utf-8")
    _publish(part, folder)
    sys.stderr.write(f"kinds: {len(rows)} kinds in {time.perf_counter() - started:.1f} s\n")


def _publish(part: Path, folder: Path) -> None:
    try:
        part.rename(folder)
    except OSError:  # another process was first, with the same result
        shutil.rmtree(part)
        if not folder.is_dir():
            raise


def _damaged(file: Path, error: Exception) -> ProblemsError:
    remedy = f"a compiled schema: remove {file.parent}, and the next run compiles it anew"
    return ProblemsError([Problem(str(file), 0, "", f"damage ({error})", remedy)])
