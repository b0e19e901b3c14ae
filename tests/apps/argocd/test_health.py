"""Argo CD's health checks, run as Argo CD runs them: LuaJIT speaks the Lua of its gopher-lua."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from lupa.luajit21 import LuaError, LuaRuntime

HEALTH = Path(__file__).parents[3] / "apps" / "argocd" / "health"
FOLDERS = sorted(script.parent for script in HEALTH.glob("*/*/health.lua"))
STATUSES = {"Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"}

# What Argo CD 3.5.7 leaves to a script from argocd-cm (util/lua/lua.go): base and table, without
# string (not even its methods), math, io and os. Base functions that load other code are left out too.
SANDBOX = """
local script, obj = ...
getmetatable("").__index = nil
local environment = {
  assert = assert, error = error, getmetatable = getmetatable, ipairs = ipairs, next = next, pairs = pairs,
  pcall = pcall, print = print, rawequal = rawequal, rawget = rawget, rawset = rawset, select = select,
  setmetatable = setmetatable, tonumber = tonumber, tostring = tostring, type = type, unpack = unpack,
  table = {concat = table.concat, insert = table.insert, remove = table.remove, sort = table.sort},
  obj = obj,
}
environment._G = environment
return setfenv(assert(loadstring(script)), environment)()
"""


class KubernetesLoader(yaml.SafeLoader):
    """YAML as the API server gives it: a time stays a string."""

    yaml_implicit_resolvers = {
        first: [resolver for resolver in resolvers if resolver[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader=KubernetesLoader)


def judge(script: str, obj: dict[str, Any]) -> dict[str, str]:
    lua = LuaRuntime(register_eval=False, register_builtins=False)
    return dict(lua.execute(SANDBOX, script, lua.table_from(obj, recursive=True)))


def cases(folder: Path) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = read(folder / "health_test.yaml")["tests"]
    return tests


def name(folder: Path) -> str:
    return "/".join(folder.parts[-2:])


every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=name)
every_case = pytest.mark.parametrize(
    ("folder", "case"),
    [
        pytest.param(folder, case, id=f"{name(folder)}/{Path(case['inputPath']).stem}")
        for folder in FOLDERS
        for case in cases(folder)
    ],
)


def test_the_kinds_that_argo_cd_does_not_know_have_a_check() -> None:
    assert [name(folder) for folder in FOLDERS] == [
        "agones.dev/Fleet",
        "agones.dev/GameServer",
        "agones.dev/GameServerSet",
        "autoscaling.agones.dev/FleetAutoscaler",
        "homeground.dev/NodeFailover",
        "metallb.io/IPAddressPool",
    ]


@every_case
def test_every_case_of_argo_cd_format_passes(folder: Path, case: dict[str, Any]) -> None:
    script = (folder / "health.lua").read_text()
    assert judge(script, read(folder / case["inputPath"])) == case["healthStatus"]


@every_folder
def test_every_status_that_a_script_can_return_has_a_case(folder: Path) -> None:
    returned = set(re.findall(r'"(\w+)"', (folder / "health.lua").read_text())) & STATUSES
    assert {case["healthStatus"]["status"] for case in cases(folder)} == returned


@every_folder
def test_every_object_in_testdata_is_judged_once(folder: Path) -> None:
    inputs = [case["inputPath"] for case in cases(folder)]
    assert sorted(inputs) == sorted(f"testdata/{path.name}" for path in folder.glob("testdata/*"))


@every_case
def test_every_object_is_of_the_kind_of_its_folder(folder: Path, case: dict[str, Any]) -> None:
    obj = read(folder / case["inputPath"])
    group, _, version = obj["apiVersion"].partition("/")
    assert (group, obj["kind"]) == (folder.parent.name, folder.name)
    assert version == {"metallb.io": "v1beta1"}.get(group, "v1")
    of_cluster = group == "homeground.dev"  # and its kind has no spec: everything is found out
    named = {"name"} if of_cluster else {"name", "namespace"}
    assert {*named, "uid", "resourceVersion", "creationTimestamp"} <= obj["metadata"].keys()
    assert ("spec" not in obj) if of_cluster else isinstance(obj["spec"], dict)


def test_fleet_and_game_server_set_are_judged_by_one_text() -> None:
    agones = HEALTH / "agones.dev"
    assert (agones / "Fleet/health.lua").read_bytes() == (agones / "GameServerSet/health.lua").read_bytes()


@every_folder
def test_every_script_fits_a_block_of_a_config_map(folder: Path) -> None:
    text = (folder / "health.lua").read_bytes().decode("ascii")
    assert text.endswith("\n")
    assert [line for line in text.split("\n") if line != line.rstrip() or "\t" in line] == []


@pytest.mark.parametrize(
    "expression",
    ["string.format('%d', 1)", "('ready'):upper()", "math.max(1, 2)", "os.time()", "io.open('/')"],
)
def test_a_script_cannot_use_a_library_that_argo_cd_keeps_closed(expression: str) -> None:
    with pytest.raises(LuaError, match="attempt to index"):
        judge(f"return {{status = 'Healthy', message = {expression}}}", {})
