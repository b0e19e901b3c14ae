"""Published files: pinned by checksum, taken from cache, mirror or network, and never used unverified."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from homeground.problem import Problem, ProblemsError
from homeground.validation import upstream
from homeground.validation.upstream import Published, fetch, fetch_all, locked, read_lock

CONTENT = b"kind: CustomResourceDefinition\n"
CHECKSUM = "0cfb3a01b2e1e0fbb1efc0b2b6b12fa50f4b5a8e6a3e3e0df1f0df39f3c6c6a1"  # of nothing in these tests
FILE = "duel/1.0.0/crd.yaml"

Publish = Callable[..., Published]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no mirror."""
    monkeypatch.setenv("HOMEGROUND_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HOMEGROUND_UPSTREAM", raising=False)
    return tmp_path / "cache" / "upstream"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror that holds the file, as HOMEGROUND_UPSTREAM names it."""
    path = tmp_path / "mirror" / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    monkeypatch.setenv("HOMEGROUND_UPSTREAM", str(tmp_path / "mirror"))
    return path


@pytest.fixture
def nowhere() -> str:
    """A URL at a port of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return f"http://127.0.0.1:{port}/crd.yaml"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The URL of a web server that has the file."""
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "crd.yaml").write_bytes(CONTENT)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/crd.yaml"
        server.shutdown()


def published(url: str, *, checksum: str = "", size: int = len(CONTENT), file: str = FILE) -> Published:
    return Published("duel", "1.0.0", file, url, checksum or sha256(CONTENT).hexdigest(), size, line=7)


def problems_of(action: Callable[[], object]) -> list[Problem]:
    with pytest.raises(ProblemsError) as raised:
        action()
    return raised.value.problems


def test_the_repositorys_lock_names_every_file_by_version_url_and_checksum() -> None:
    assert len(locked()) >= 40
    for name, file in locked().items():
        assert name.startswith(f"{file.name}/{file.version}/")
        assert re.fullmatch(r"https://\S+", file.url)
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.bytes > 0
        assert file.line > 0


def test_a_file_from_the_mirror_is_verified_and_kept_under_its_checksum(
    mirror: Path, nowhere: str, cache: Path
) -> None:
    assert fetch(published(nowhere)).read_bytes() == CONTENT
    assert [path.name for path in cache.iterdir()] == [sha256(CONTENT).hexdigest()]
    mirror.unlink()
    assert fetch(published(nowhere)).read_bytes() == CONTENT


def test_a_truncated_copy_in_the_cache_is_fetched_again(mirror: Path, nowhere: str) -> None:
    assert mirror.exists()
    path = fetch(published(nowhere))
    path.write_bytes(CONTENT[:5])
    assert fetch(published(nowhere)).read_bytes() == CONTENT


def test_a_corrupted_mirror_is_refused_with_both_checksums_and_nothing_is_kept(
    mirror: Path, served: str, cache: Path
) -> None:
    mirror.write_bytes(CONTENT.replace(b"kind", b"kink"))
    [problem] = problems_of(lambda: fetch(published(served)))
    assert (problem.file, problem.line) == ("upstream.lock", 7)
    assert problem.field == f"{FILE} sha256"
    assert str(mirror) in problem.found
    assert sha256(mirror.read_bytes()).hexdigest() in problem.found
    assert sha256(CONTENT).hexdigest() in problem.expected
    assert not cache.exists()


def test_what_the_mirror_lacks_is_downloaded_and_the_person_is_told(
    mirror: Path, served: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror.unlink()
    assert fetch(published(served)).read_bytes() == CONTENT
    assert capsys.readouterr().err == f"upstream: fetching {FILE} (0 kB) from {served}\n"


def test_a_download_with_another_checksum_is_refused(served: str, cache: Path) -> None:
    [problem] = problems_of(lambda: fetch(published(served, checksum=CHECKSUM)))
    assert served in problem.found
    assert CHECKSUM in problem.expected
    assert not cache.exists()


def test_without_mirror_and_network_the_problem_says_what_to_do(nowhere: str) -> None:
    [problem] = problems_of(lambda: fetch(published(nowhere)))
    assert problem.field == f"{FILE} url"
    assert nowhere in problem.found
    assert "refused" in problem.found
    assert f"set HOMEGROUND_UPSTREAM to a folder that holds {FILE}" in problem.expected


def test_a_missing_mirrored_file_and_no_network_are_told_together(mirror: Path, nowhere: str) -> None:
    mirror.unlink()
    [problem] = problems_of(lambda: fetch(published(nowhere)))
    assert nowhere in problem.found
    assert f"no file {mirror}" in problem.found


def test_a_page_that_is_not_there_is_a_problem_too(served: str) -> None:
    [problem] = problems_of(lambda: fetch(published(f"{served}.gone")))
    assert "404" in problem.found


def test_a_wrong_size_in_the_lock_is_told_because_the_cache_relies_on_it(mirror: Path, nowhere: str) -> None:
    assert mirror.exists()
    [problem] = problems_of(lambda: fetch(published(nowhere, size=1)))
    assert (problem.field, problem.found) == (f"{FILE} bytes", "1")
    assert problem.expected.startswith(str(len(CONTENT)))


def test_all_files_that_cant_be_had_are_told_at_once(nowhere: str) -> None:
    wanted = [published(nowhere, file=file) for file in ("a.yaml", "b.yaml")]
    assert [problem.field for problem in problems_of(lambda: fetch_all(wanted))] == ["a.yaml url", "b.yaml url"]


def test_many_at_once_leave_one_whole_file(mirror: Path, nowhere: str, cache: Path) -> None:
    assert mirror.exists()
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(fetch, [published(nowhere)] * 32))
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ('{name: a, version: "1", file: f, url: u, sha256: s}', "bytes"),
        ("{name: a, version: 1.0, file: f, url: u, sha256: s, bytes: 1}", "version"),
        ('{name: a, version: "1", file: f, url: u, sha256: s, bytes: 1, sha1: s}', "sha1"),
    ],
)
def test_a_block_of_the_lock_that_is_not_whole_is_refused(tmp_path: Path, block: str, complaint: str) -> None:
    path = tmp_path / "upstream.lock"
    path.write_text(f"- {block}\n")
    [problem] = problems_of(lambda: read_lock(path))
    assert complaint in problem.found


def test_the_command_fetches_all_and_tells_where_from_it_can_not(
    tmp_path: Path, mirror: Path, nowhere: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(upstream, "locked", lambda: {FILE: published(nowhere)})
    assert upstream.main() == 0
    assert "1 files verified" in capsys.readouterr().err
    monkeypatch.setenv("HOMEGROUND_CACHE", str(tmp_path / "another"))
    mirror.unlink()
    assert upstream.main() == 1
    assert nowhere in capsys.readouterr().err
