"""Each tool is of its pinned version, wherever it comes from; it is made once, whole, and never from a wrong file."""

import os
import re
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from homeground.problem import ProblemsError
from homeground.versions import PINS
from tests.cluster.tools import NAMES, build, published, redis, tool, version
from tests.cluster.tools.upstream import FOLDER, GO_FLAGS, KUBECONFORM, TOOLS
from tests.cluster.wait import wait_for
from tests.program import ROOT

pytestmark = pytest.mark.cluster

SMALLEST = TOOLS["kubeconform"]
"""The one to compile in tests: a second on a warm cache of Go's, ten on a cold one."""

ALL_MADE_CPU_SECONDS = 1.0


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that HOMEGROUND_TOOLS names; KUBEBUILDER_ASSETS names none."""
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("HOMEGROUND_TOOLS", str(tmp_path))
    return tmp_path


@pytest.fixture
def envtest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The other way round."""
    monkeypatch.delenv("HOMEGROUND_TOOLS", raising=False)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    return tmp_path


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOMEGROUND_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def script(path: Path, answer: str) -> Path:
    """An executable that prints `answer`, whatever it is asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


# --- versions


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_tells_the_version_that_its_go_mod_pins(name: str) -> None:
    wanted = TOOLS[name]
    path = tool(name)
    told = version.told_by(path, wanted.ask)
    assert version.accepted(wanted, told), told
    if path == build.made(wanted):  # not one that was there before
        assert told == wanted.upstream.version


def test_redis_server_is_a_new_enough_one() -> None:
    major, *_ = version.told_by(tool(redis.NAME), ("--version",)).split(".")
    assert int(major) >= 7


def test_kubernetes_and_argo_cd_are_those_we_generate_for() -> None:
    assert TOOLS["kube-apiserver"].upstream.version == PINS["kubernetes"]
    assert TOOLS["argocd"].upstream.version == PINS["argo-cd"]


def test_every_library_of_kubernetes_is_of_the_same_release() -> None:
    text = (FOLDER / "kubernetes" / "go.mod").read_text(encoding="utf-8")
    replaced = re.findall(r"^\t(k8s\.io/\S+) => (\S+) v(\S+)$", text, re.MULTILINE)
    _, minor, patch = PINS["kubernetes"].split(".")
    assert len(replaced) >= 30
    assert [(name, v) for name, by, v in replaced if name != by or v != f"0.{minor}.{patch}"] == []


def test_no_published_file_is_named_for_a_version_we_do_not_pin() -> None:
    pinned = {each.upstream.name: each.upstream.version for each in TOOLS.values()}
    blocks = published.releases(published.LOCK)
    assert blocks
    assert [block.file for block in blocks if pinned.get(block.upstream) != block.version] == []


def test_another_version_dependency_or_flag_is_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = SMALLEST.upstream
    (tmp_path / upstream.name).mkdir()
    for name in ("go.mod", "go.sum"):
        (tmp_path / upstream.name / name).write_bytes((upstream.folder / name).read_bytes())
    keys = [upstream.key]
    monkeypatch.setattr("tests.cluster.tools.upstream.FOLDER", tmp_path)
    assert upstream.key == keys[0]
    go_mod, go_sum = tmp_path / upstream.name / "go.mod", tmp_path / upstream.name / "go.sum"
    go_mod.write_text(go_mod.read_text().replace(f" v{upstream.version}", " v9.9.9"))
    keys.append(upstream.key)
    go_sum.write_text(go_sum.read_text() + "example.com/m v1.0.0 h1:AAAA=\n")
    keys.append(upstream.key)
    monkeypatch.setattr("tests.cluster.tools.upstream.GO_FLAGS", (*GO_FLAGS, "-race"))
    keys.append(upstream.key)
    keys.append(replace(upstream, variables={"main.version": "other"}).key)
    assert len(set(keys)) == 5
    assert keys[1].startswith("kubeconform-9.9.9-")


# --- what was there before

ARGOCD, KUBERNETES_MINOR = PINS["argo-cd"], PINS["kubernetes"].rpartition(".")[0]


@pytest.mark.parametrize("variable", ["given", "envtest"])
def test_an_executable_of_the_pinned_version_is_taken(variable: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(variable)
    path = script(folder / "kubectl", f"Client Version: v{PINS['kubernetes']}\nKustomize Version: v5.7.1")
    assert tool("kubectl") == path
    assert tool("kwok") != folder / "kwok"  # what the folder lacks comes from elsewhere


def test_envtest_s_folder_is_asked_only_for_what_envtest_has(envtest: Path) -> None:
    script(envtest / "kwok", "kwok version v0.1.0")
    assert tool("kwok") in (build.made(TOOLS["kwok"]), published.kept(TOOLS["kwok"]))


REFUSED = {
    "another patch of what is pinned exactly": ("argocd", f"argocd: v{ARGOCD}0", f"{ARGOCD}0, expected {ARGOCD},"),
    "another minor of Kubernetes": ("kubectl", "Client Version: v1.20.4", f"1.20.4, expected {KUBERNETES_MINOR}.x"),
    "a release candidate": ("kubelet", f"Kubernetes v{KUBERNETES_MINOR}.0-rc.1", f"found {KUBERNETES_MINOR}.0-rc.1"),
    "an untold version": ("kwok", "hello", "found no version (exit 0: hello), expected"),
    "an old Redis": ("redis-server", "Redis server v=6.2.7 sha=0", "found 6.2.7, expected 7.0 or newer"),
}


@pytest.mark.parametrize(("name", "answer", "message"), REFUSED.values(), ids=REFUSED)
def test_an_executable_of_another_version_is_refused(given: Path, name: str, answer: str, message: str) -> None:
    path = script(given / name, answer)
    with pytest.raises(ProblemsError, match=re.escape(message)) as refused:
        tool(name)
    assert str(path) in str(refused.value)


def test_another_patch_of_kubernetes_will_do(envtest: Path) -> None:
    path = script(envtest / "kube-apiserver", f"Kubernetes v{KUBERNETES_MINOR}.99")
    assert tool("kube-apiserver") == path


def test_a_file_that_is_no_executable_is_refused(given: Path) -> None:
    script(given / "helm", "v4.2.1").chmod(0o644)
    with pytest.raises(ProblemsError, match=r"helm: mode: found no executable, expected chmod \+x"):
        tool("helm")


@pytest.mark.usefixtures("given")
def test_without_any_redis_server_the_message_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("tests.cluster.tools.redis.WHEEL", "no-such-wheel")
    with pytest.raises(ProblemsError, match=r"none on PATH, expected .*apt install redis-server"):
        tool(redis.NAME)


# --- what is made stays


def test_when_all_is_made_it_costs_under_a_second_and_starts_no_compiler() -> None:
    for name in NAMES:
        tool(name)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "tests.cluster.tools"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stderr == ""
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(NAMES)
    # Processor time, which a busy machine does not stretch. It waits for nothing.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < ALL_MADE_CPU_SECONDS


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ProblemsError, match=r"no tool kubelett, .*did you mean kubelet\?"):
        tool("kubelett")


# --- compiling

COMPILE = "from tests.cluster.tools import build, upstream; print(build.build(upstream.TOOLS['kubeconform'], '1/1'))"


def compiler(stderr: Path, path: str = os.environ["PATH"]) -> subprocess.Popen[str]:
    """Another process that compiles the smallest tool; it is a group of its own, with the Go it starts."""
    with stderr.open("w") as said:
        return subprocess.Popen(
            [sys.executable, "-c", COMPILE], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT), "PATH": path},
            stdout=subprocess.PIPE, stderr=said, text=True, start_new_session=True,
        )  # fmt: skip


def unfinished(home: Path) -> list[Path]:
    return list(home.glob(f"{build.UNFINISHED}*"))


def test_two_processes_at_once_compile_once(empty_cache: Path, tmp_path: Path) -> None:
    children = [compiler(tmp_path / f"stderr{number}") for number in (1, 2)]
    paths = [child.communicate(timeout=300)[0].strip() for child in children]
    said = "".join((tmp_path / f"stderr{number}").read_text() for number in (1, 2))
    assert [child.returncode for child in children] == [0, 0], said
    assert len(set(paths)) == 1
    assert Path(paths[0]).is_relative_to(empty_cache)
    assert said.count(": compiled (") == 1, said
    assert f"1/1 kubeconform {KUBECONFORM.version}: compiling, about {SMALLEST.seconds} s" in said
    assert unfinished(SMALLEST.upstream.home) == []


@pytest.mark.usefixtures("empty_cache")
def test_the_second_process_waits_says_so_and_takes_what_the_first_made(tmp_path: Path) -> None:
    home = SMALLEST.upstream.home
    with build.alone(home, "kubeconform"):
        child = compiler(tmp_path / "stderr")
        try:
            wait_for(
                "the second process to say that it waits",
                lambda: "waiting for another process" in (tmp_path / "stderr").read_text(),
                seconds=60,
            )
            assert child.poll() is None
            with build.whole(home / "kubeconform") as part:
                script(part, "made by the first")
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
    out, _ = child.communicate(timeout=60)
    assert (child.returncode, out.strip()) == (0, str(home / "kubeconform"))
    assert "made by the first" in (home / "kubeconform").read_text()


@pytest.mark.usefixtures("empty_cache")
def test_a_compile_that_is_killed_leaves_nothing_that_is_taken_for_a_tool(tmp_path: Path) -> None:
    home = SMALLEST.upstream.home
    slow = tmp_path / "slow" / "setpriv"  # what Go is started by: here it writes half a file, and never ends
    slow.parent.mkdir()
    slow.write_text('#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho half >"$2"\nexec sleep 600\n')
    slow.chmod(0o755)
    child = compiler(tmp_path / "stderr", f"{slow.parent}:{os.environ['PATH']}")
    wait_for("half a file", lambda: list(home.glob(f"{build.UNFINISHED}*/kubeconform")), seconds=60)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    assert build.made(SMALLEST) is None
    assert unfinished(home)
    path = build.build(SMALLEST)
    assert version.told_by(path, SMALLEST.ask) == SMALLEST.upstream.version
    assert unfinished(home) == []


def test_a_failed_compile_says_what_go_said_and_leaves_nothing(empty_cache: Path) -> None:
    broken = replace(SMALLEST, package="github.com/yannh/kubeconform/cmd/none")
    with pytest.raises(ProblemsError, match=r"(?s)kubeconform/go\.mod.*exit code 1.*cannot find module providing"):
        build.build(broken)
    assert build.made(broken) is None
    assert [path.name for path in empty_cache.rglob("*") if path.is_file()] == [".lock"]


def test_a_tool_that_tells_another_version_than_it_was_compiled_from_is_refused(empty_cache: Path) -> None:
    untold = replace(SMALLEST, upstream=replace(KUBECONFORM, variables={}))
    with pytest.raises(ProblemsError, match=r"found no version \(exit 0: development\), expected"):
        build.build(untold)
    assert [path.name for path in empty_cache.rglob("*") if path.is_file()] == [".lock"]
