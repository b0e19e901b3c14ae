"""Tools as their projects publish them: by URL and checksum, from `published.lock`.

The network may have no such file, or there may be none: then the tool is compiled. A file whose checksum is wrong
is an error, never a reason to go on.
"""

import hashlib
import os
import platform
import shutil
import tarfile
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import HTTPError

import msgspec

from homeground.problem import Problem, ProblemsError, refuse
from homeground.source import read
from homeground.validation.upstream import cache_folder
from tests.cluster.tools import version
from tests.cluster.tools.build import UNFINISHED, alone, whole
from tests.cluster.tools.progress import Progress
from tests.cluster.tools.upstream import FOLDER, TOOLS, Tool

LOCK = FOLDER / "published.lock"
SILENCE_SECONDS = 8
"""Of a server, before the tool is compiled instead. Longer than a slow connection's pauses."""

CHUNK_BYTES = 2**20
_out_of_reach: set[str] = set()
"""URLs that gave no answer: not asked again by this process, for each further tool of the same archive."""

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One published file. `digest` is `sha256:` or `sha512:` and hex digits; `tools` their paths in a tar archive."""

    upstream: str
    version: str
    platform: str
    file: str
    url: str
    digest: str
    tools: Mapping[str, str]
    line: int = 0

    @property
    def home(self) -> Path:
        return cache_folder() / "tools" / f"{self.upstream}-{self.version}-{self.digest.partition(':')[2][:12]}"

    def problem(self, field: str, found: str, expected: str) -> Problem:
        return Problem(LOCK.name, self.line, f"{self.file} {field}", found, expected)


@cache
def releases(lock: Path) -> tuple[Release, ...]:
    """The blocks of a lock. Raises ProblemsError for a block that lacks a field or has one too many."""
    source = read(lock, lock.name)
    try:
        blocks = msgspec.convert(source.data, list[Release])
    except msgspec.ValidationError as error:
        what = "blocks of upstream, version, platform, file, url, digest, tools"
        raise ProblemsError([Problem(lock.name, 0, "", str(error), what)]) from None
    return tuple(
        msgspec.structs.replace(block, line=source.line((index, "digest"))) for index, block in enumerate(blocks)
    )


def release_of(tool: Tool) -> Release | None:
    """The block of this tool, of the version that go.mod pins, for this machine."""
    here = f"{platform.system().lower()}-{MACHINES.get(platform.machine(), platform.machine())}"
    wanted = (tool.upstream.name, tool.upstream.version, here)
    return next(
        (
            release
            for release in releases(LOCK)
            if (release.upstream, release.version, release.platform) == wanted and tool.name in release.tools
        ),
        None,
    )


def kept(tool: Tool) -> Path | None:
    """The published executable, if it was fetched before."""
    release = release_of(tool)
    path = release.home / tool.name if release else None
    return path if path and path.is_file() else None


def fetched(tool: Tool, place: str = "") -> Path | None:
    """The published executable, fetched if need be; None if there is none to be had.

    Raises ProblemsError for a file with a wrong checksum, or one that holds no such executable of that version.
    """
    release = release_of(tool)
    if not release or release.url in _out_of_reach:
        return None
    target = release.home / tool.name
    with alone(release.home, release.upstream, place):
        return target if target.is_file() or _fetch(release, tool, place) else None


def _fetch(release: Release, tool: Tool, place: str) -> bool:
    """Put every tool of that file into its home; False if neither mirror nor network has the file."""
    progress = Progress(place, f"{tool.name} {release.version}: fetching {release.url}")
    with tempfile.TemporaryDirectory(dir=release.home, prefix=UNFINISHED, ignore_cleanup_errors=True) as folder:
        file = _mirrored(release) or _downloaded(release, Path(folder, "file"), progress)
        if not file:
            return False
        progress.done("fetched")
        _verify(release, file)
        _unpack(release, file)
    return True


def _mirrored(release: Release) -> Path | None:
    mirror = os.environ.get("HOMEGROUND_UPSTREAM")
    path = Path(mirror, release.file) if mirror else None
    return path if path and path.is_file() else None


def _downloaded(release: Release, file: Path, progress: Progress) -> Path | None:
    """The file, or None with one line that says why the tool is compiled instead."""
    try:
        with urllib.request.urlopen(release.url, timeout=SILENCE_SECONDS) as response, file.open("wb") as copy:
            _copy(response, copy, progress)
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it is the response, with an open connection
        _out_of_reach.add(release.url)
        progress.done(f"not to be had ({error}), so it is compiled")
        return None
    return file


def _copy(response: IO[bytes], copy: IO[bytes], progress: Progress) -> None:
    """Raises OSError when the connection ends before the file does."""
    length = int(getattr(response, "headers", {}).get("Content-Length") or 0)
    while chunk := response.read(CHUNK_BYTES):
        copy.write(chunk)
        progress.tick(f", {copy.tell() // 10**6} of {length // 10**6} MB")
    if copy.tell() < length:
        raise OSError(f"the connection ended after {copy.tell()} of {length} bytes")


def _verify(release: Release, file: Path) -> None:
    algorithm, _, wanted = release.digest.partition(":")
    with file.open("rb") as content:
        found = hashlib.file_digest(content, algorithm).hexdigest()
    if found != wanted:
        size = f"{algorithm} {found} ({file.stat().st_size} bytes)"
        remedy = f"{algorithm} {wanted}: find out who changed the file at {release.url} before you change {LOCK.name}"
        refuse([release.problem("digest", size, remedy)])


def _unpack(release: Release, file: Path) -> None:
    """Put each executable into place, after asking it its version."""
    for name, content in _executables(release, file):
        with whole(release.home / name) as part:
            with part.open("wb") as copy:
                shutil.copyfileobj(content, copy, CHUNK_BYTES)
            part.chmod(0o755)
            version.check(TOOLS[name], part, f"mend the block of {release.file} in {LOCK.name}")
    missing = [member for name, member in release.tools.items() if not (release.home / name).is_file()]
    refuse([release.problem("tools", f"an archive without {', '.join(missing)}", "their paths in it")] * bool(missing))


def _executables(release: Release, file: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Each tool's name and content, in one pass: to go back in a compressed archive is to start again."""
    names = {member: name for name, member in release.tools.items()}
    if "" in names:
        with file.open("rb") as content:
            yield names[""], content
        return
    with tarfile.open(file, "r|*") as archive:
        for entry in archive:
            taken = archive.extractfile(entry) if entry.name in names else None
            if taken:
                yield names[entry.name], taken
