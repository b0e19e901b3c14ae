"""The published files that checks rest on (CRDs, chart values, the API's schema): pinned, verified, kept.

`upstream.lock` names each file by URL and sha256. A file is looked for in the cache, then in the folder that
HOMEGROUND_UPSTREAM names (a mirror, for CI and for work without a network), then at its URL.
"""

import os
import sys
import tempfile
import urllib.request
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError

import msgspec

from homeground.problem import Problem, ProblemsError, refuse
from homeground.source import read

ROOT = Path(__file__).parents[3]
LOCK = ROOT / "upstream.lock"
TIMEOUT_SECONDS = 60


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One published file, as a block of the lock names it."""

    name: str
    version: str
    file: str
    url: str
    sha256: str
    bytes: int
    line: int = 0

    def problem(self, field: str, found: str, expected: str) -> Problem:
        return Problem(LOCK.name, self.line, f"{self.file} {field}", found, expected)


def cache_folder() -> Path:
    """Where fetched and compiled files are kept: HOMEGROUND_CACHE, or `.cache/homeground` of the repository."""
    return Path(os.environ.get("HOMEGROUND_CACHE") or ROOT / ".cache" / "homeground")


def read_lock(path: Path) -> dict[str, Published]:
    """The blocks of a lock by their `file`.

    Raises ProblemsError for a block that lacks a field or has one too many.
    """
    source = read(path, path.name)
    try:
        blocks = msgspec.convert(source.data, list[Published])
    except msgspec.ValidationError as error:
        what = "blocks of name, version, file, url, sha256, bytes"
        raise ProblemsError([Problem(path.name, 0, "", str(error), what)]) from None
    return {
        block.file: msgspec.structs.replace(block, line=source.line((index, "sha256")))
        for index, block in enumerate(blocks)
    }


@cache
def locked() -> Mapping[str, Published]:
    """The repository's own lock."""
    return read_lock(LOCK)


def fetch(wanted: Published | str) -> Path:
    """The verified local copy of a published file (a string is its `file` in the lock).

    Raises ProblemsError for a wrong checksum, or when neither mirror nor network has the file.
    """
    file = locked()[wanted] if isinstance(wanted, str) else wanted
    cached = cache_folder() / "upstream" / file.sha256
    # The checksum was verified on the way in, the name is the checksum, and one rename put it there whole.
    # So a matching size is enough; hashing 10 MB again would cost every run 20 ms to find only a bad disk.
    if cached.is_file() and cached.stat().st_size == file.bytes:
        return cached
    content, origin = _from_mirror(file) or _download(file)
    found = sha256(content).hexdigest()
    if found != file.sha256:
        remedy = f"sha256 {file.sha256}: mend or remove that copy, or review the new file and update {LOCK.name}"
        refuse([file.problem("sha256", f"sha256 {found} ({len(content)} bytes) from {origin}", remedy)])
    if len(content) != file.bytes:
        refuse([file.problem("bytes", str(file.bytes), f"{len(content)}, as the file with this checksum has")])
    keep(cached, content)
    return cached


def fetch_all(wanted: Iterable[Published]) -> list[Path]:
    """Every file, or the problems of all that can't be had."""
    paths, problems = [], []
    for file in wanted:
        try:
            paths.append(fetch(file))
        except ProblemsError as error:
            problems.extend(error.problems)
    refuse(problems)
    return paths


def keep(target: Path, content: bytes) -> None:
    """Write a cache file whole or not at all, however many processes write it at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".new-", delete=False) as file:
        file.write(content)
    part = Path(file.name)
    part.chmod(0o644)
    part.replace(target)


def _mirrored(file: Published) -> Path | None:
    mirror = os.environ.get("HOMEGROUND_UPSTREAM")
    return Path(mirror, file.file) if mirror else None


def _from_mirror(file: Published) -> tuple[bytes, str] | None:
    path = _mirrored(file)
    return (path.read_bytes(), str(path)) if path and path.is_file() else None


def _download(file: Published) -> tuple[bytes, str]:
    sys.stderr.write(f"upstream: fetching {file.file} ({file.bytes / 1000:.0f} kB) from {file.url}\n")
    try:
        with urllib.request.urlopen(file.url, timeout=TIMEOUT_SECONDS) as response:
            return response.read(), file.url
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it is the response, with an open connection
        mirror = _mirrored(file)
        found = f"no answer from {file.url} ({error})" + (f" and no file {mirror}" if mirror else "")
        remedy = (
            f"the file with sha256 {file.sha256}: connect to the network, "
            f"or set HOMEGROUND_UPSTREAM to a folder that holds {file.file}"
        )
        raise ProblemsError([file.problem("url", found, remedy)]) from None


def main() -> int:
    """Fetch everything the lock names, so that later work needs no network."""
    try:
        paths = fetch_all(locked().values())
    except ProblemsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"upstream: {len(paths)} files verified in {cache_folder() / 'upstream'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
