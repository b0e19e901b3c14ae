"""A published file is taken by its checksum or not at all; without one, the tool is compiled."""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import msgspec
import pytest
import yaml

from homeground.problem import ProblemsError
from tests.cluster.tools import build, published, tool, version
from tests.cluster.tools.upstream import KUBECONFORM, TOOLS

pytestmark = pytest.mark.cluster

SMALLEST = TOOLS["kubeconform"]
SCRIPT = f"#!/bin/sh\necho v{KUBECONFORM.version} as published\n"


@dataclass
class Site:
    """A web site with the files put into `files`; it keeps the paths it was asked for."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut: int = 0
    """Bytes of each answer that are promised and never sent."""

    silent: Event | None = None
    """While it is not set, nothing is answered."""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        if self.silent:
            self.silent.wait(30)
            return
        content = self.files.get(request.path)
        if content is None:
            request.send_error(404)
            return
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content[: len(content) - self.cut])


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.answer(self)

        def log_message(self, *_: object) -> None:
            """Not to stderr, where the tools' own messages are looked at."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = Site(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield here
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("HOMEGROUND_TOOLS", "KUBEBUILDER_ASSETS", "HOMEGROUND_UPSTREAM"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOMEGROUND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(published, "_out_of_reach", set())
    return tmp_path / "cache"


def archive(member: str, text: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, data in (("README", b"not this"), (member, text.encode())):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return content.getvalue()


@pytest.fixture
def lock(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> published.Release:
    """The real block of kubeconform for this machine, of an archive that the site has instead of GitHub."""
    content = archive("bin/kubeconform", SCRIPT)
    site.files["/kubeconform.tar.gz"] = content
    real = published.release_of(SMALLEST)
    assert real
    block = msgspec.structs.replace(
        real,
        url=f"{site.url}/kubeconform.tar.gz",
        digest=f"sha512:{hashlib.sha512(content).hexdigest()}",
        tools={"kubeconform": "bin/kubeconform"},
    )
    return write(block, tmp_path, monkeypatch)


def write(block: published.Release, folder: Path, monkeypatch: pytest.MonkeyPatch) -> published.Release:
    """Make it the only block of the lock."""
    path = folder / f"published-{block.digest[-12:]}-{len(block.tools)}.lock"
    data = {key: value for key, value in msgspec.to_builtins(block).items() if key != "line"}
    path.write_text(yaml.safe_dump([data], sort_keys=False), encoding="utf-8")
    monkeypatch.setattr(published, "LOCK", path)
    published.releases.cache_clear()
    return block


def leftovers(cache: Path) -> list[str]:
    """What a cache holds beside tools and locks."""
    return [str(path) for path in cache.rglob("*") if path.is_file() and path.name not in (".lock", "kubeconform")]


def test_a_published_tool_is_taken_before_one_is_compiled(
    lock: published.Release, site: Site, empty_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tool("kubeconform", "1/1")
    assert path.read_text() == SCRIPT
    assert path.stat().st_mode & 0o777 == 0o755
    assert build.made(SMALLEST) is None
    said = capsys.readouterr().err
    assert f"tools: 1/1 kubeconform {KUBECONFORM.version}: fetching {lock.url}: fetched (" in said
    assert tool("kubeconform") == path
    assert site.asked == ["/kubeconform.tar.gz"]
    assert leftovers(empty_cache) == []


def test_a_wrong_checksum_is_an_error_and_leaves_nothing(
    lock: published.Release, site: Site, empty_cache: Path
) -> None:
    site.files["/kubeconform.tar.gz"] = archive("bin/kubeconform", SCRIPT + "# changed\n")
    with pytest.raises(ProblemsError, match=r"published-.*\.lock:6: .* digest: found sha512 ") as refused:
        tool("kubeconform")
    assert lock.digest.removeprefix("sha512:") in str(refused.value)
    assert build.made(SMALLEST) is None
    assert published.kept(SMALLEST) is None
    assert leftovers(empty_cache) == []


def test_a_file_that_is_not_there_is_compiled_instead(
    lock: published.Release, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.files.clear()
    path = tool("kubeconform")
    assert path == build.made(SMALLEST)
    assert version.told_by(path, SMALLEST.ask) == KUBECONFORM.version
    assert f"{lock.url}: not to be had (HTTP Error 404: Not Found), so it is compiled" in capsys.readouterr().err


@pytest.mark.usefixtures("lock")
def test_a_connection_that_ends_too_early_is_no_wrong_checksum(
    site: Site, empty_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.cut = 10
    assert published.fetched(SMALLEST) is None
    assert "the connection ended after" in capsys.readouterr().err
    assert leftovers(empty_cache) == []
    assert published.fetched(SMALLEST) is None
    assert len(site.asked) == 1  # not asked again: an archive of many tools would cost the wait for each


@pytest.mark.usefixtures("lock")
def test_a_silent_server_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "SILENCE_SECONDS", 0.2)
    site.silent = Event()
    assert published.fetched(SMALLEST) is None
    site.silent.set()


def test_no_network_is_one_line(
    lock: published.Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(msgspec.structs.replace(lock, url="http://127.0.0.1:1/nothing-listens"), tmp_path, monkeypatch)
    assert published.fetched(SMALLEST) is None
    assert "Connection refused" in capsys.readouterr().err.splitlines()[-1]


def test_a_mirror_is_asked_before_the_network(
    lock: published.Release, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrored = tmp_path / "mirror" / lock.file
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(site.files["/kubeconform.tar.gz"])
    monkeypatch.setenv("HOMEGROUND_UPSTREAM", str(tmp_path / "mirror"))
    assert tool("kubeconform").read_text() == SCRIPT
    assert mirrored.is_file()
    assert site.asked == []


def test_a_verified_file_with_another_version_in_it_is_refused(
    lock: published.Release, site: Site, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = archive("bin/kubeconform", "#!/bin/sh\necho v0.0.7\n")
    site.files["/kubeconform.tar.gz"] = content
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    write(msgspec.structs.replace(lock, digest=digest), tmp_path, monkeypatch)
    with pytest.raises(ProblemsError, match=r"found 0\.0\.7, expected .*mend the block of .*tar\.gz"):
        tool("kubeconform")
    assert [path.name for path in empty_cache.rglob("*") if path.is_file()] == [".lock"]


def test_an_archive_without_the_executable_is_refused(
    lock: published.Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {"kubeconform": "kubeconform", "other": "bin/other"}
    write(msgspec.structs.replace(lock, tools=wrong), tmp_path, monkeypatch)
    with pytest.raises(ProblemsError, match="found an archive without kubeconform, bin/other"):
        tool("kubeconform")


def test_a_file_may_be_the_executable_itself(
    lock: published.Release, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.files["/kubeconform.tar.gz"] = SCRIPT.encode()
    digest = f"sha256:{hashlib.sha256(SCRIPT.encode()).hexdigest()}"
    write(msgspec.structs.replace(lock, digest=digest, tools={"kubeconform": ""}), tmp_path, monkeypatch)
    assert tool("kubeconform").read_text() == SCRIPT


def test_a_release_of_another_version_is_not_taken(
    lock: published.Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(msgspec.structs.replace(lock, version="0.0.7"), tmp_path, monkeypatch)
    assert published.release_of(SMALLEST) is None
