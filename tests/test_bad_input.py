"""Facts that people get wrong, end to end: what the program prints, and that dist/ stays as it was."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.program import content, copy_facts, run

GAME = "games/domination.yaml"
OTHER = "games/skirmish.yaml"
CLUSTER = "clusters/hybrid.yaml"
DESK = "clusters/local.yaml"


@dataclass(frozen=True)
class Case:
    """`old` becomes `new` in a file that was right; the problem stands on that line, or on the first one with `at`.

    `said` is the printed line after `file:line: `, or with `...` at its end how it begins.
    """

    name: str
    file: str
    old: str
    new: str
    said: str
    at: str = ""


SHAPE = [
    Case(
        "a misspelt field", GAME, "  replicas: 3", "  replica: 3",
        "fleet.replica: found an unknown field, expected one of autoscale, replicas, site (did you mean replicas?)",
    ),
    Case(
        "a field in snake case", CLUSTER, "    publicEndpoint: 34.146.14.104", "    public_endpoint: 34.146.14.104",
        "nodes[0].public_endpoint: found an unknown field, expected one of address, alwaysOn, cpu, disk, hardware, "
        "memory, name, publicEndpoint, roles, site (did you mean publicEndpoint?)",
    ),
    Case(
        "a field like no other", OTHER, "  players: 8", "  players: 8\n  colour: red",
        "server.colour: found an unknown field, expected one of cpu, env, health, image, longestSessionMinutes, "
        "memory, players, ports, shutdownSeconds, writable",
        at="colour",
    ),
    Case(
        "a word for a number", GAME, "players: 16", "players: many",
        'server.players: found "many", text, expected a whole number (Seats of one match)',
    ),
    Case(
        "a number in quotes", GAME, "replicas: 3", 'replicas: "3"',
        'fleet.replicas: found "3", text, expected a whole number (A fixed number of servers)',
    ),
    Case(
        "a number with a fraction", GAME, "replicas: 3", "replicas: 3.0",
        "fleet.replicas: found 3.0, a number, expected a whole number (A fixed number of servers)",
    ),
    Case(
        "a negative number", GAME, "replicas: 3", "replicas: -1",
        "fleet.replicas: found -1, expected at least 0 (A fixed number of servers)",
    ),
    Case(
        "a number that is too large", GAME, "containerPort: 7777", "containerPort: 77777",
        "server.ports[0].containerPort: found 77777, expected at most 65535 (Where the server listens, inside)",
    ),
    Case(
        "a number beyond every number", GAME, "window: 150", "window: 1e999",
        "modes[0].skill.window: found Infinity, expected at most 1000000 (Largest difference at first)",
    ),
    Case(
        "a mapping that is text", GAME, "fleet:\n  replicas: 3", "fleet: three",
        'fleet: found "three", text, expected a mapping (How many servers. Exactly one of `replicas` and `autoscale`)',
    ),
    Case(
        "a list that is text", GAME, "writable: [/home/ue/.config, /home/ue/Saved]", "writable: /home/ue/Saved",
        'server.writable: found "/home/ue/Saved", text, expected a list '
        "(Folders the server writes to besides /tmp; the rest is read-only)",
    ),
    Case(
        "a list with nothing in it", CLUSTER, "[asia-northeast1-b, asia-northeast1-a, asia-northeast1-c]", "[]",
        "temporaryNodes.zones: found [], expected at least 1 item(s) (Tried in this order on a stockout)",
    ),
    Case(
        "a link with one end", CLUSTER, "between: [home, cloud]", "between: [home]",
        'links[0].between: found ["home"], expected at least 2 item(s) (The two sites)',
    ),
    Case(
        "a field with nothing behind it", GAME, "clusters: [hybrid]", "clusters:",
        "clusters: found nothing, expected a list (Only on these clusters. Without it: on every cluster)",
    ),
    Case(
        "a missing field", GAME, "  memory: 2Gi\n", "",
        'server.memory: found nothing, expected text such as "2Gi" or "512Mi" '
        "(A memory or disk quantity in binary units)",
        at="server:\n",
    ),
    Case(
        "a missing field of a list's item", CLUSTER, "    site: cloud\n    roles: [control-plane]\n",
        "    roles: [control-plane]\n",
        'nodes[0].site: found nothing, expected text such as "home" (Name of a site in this file)',
        at="name: k8s-master-1",
    ),
    Case(
        "a missing section", OTHER, "fleet:\n  autoscale: {buffer: 2, min: 2, max: 8}\n", "",
        "fleet: found nothing, expected a mapping (How many servers. Exactly one of `replicas` and `autoscale`)",
        at="name: skirmish",
    ),
    Case(
        "a misspelt choice", GAME, "backend: csi-s3", "backend: csi-s4",
        'files.backend: found "csi-s4", expected one of csi-s3, image, mountpoint-s3 (did you mean csi-s3?)',
    ),
    Case(
        "a misspelt choice in a list", CLUSTER, "roles: [edge]", "roles: [edges]",
        'nodes[2].roles[0]: found "edges", expected one of control-plane, edge, runner (did you mean edge?)',
    ),
    Case(
        "the only choice misspelt", CLUSTER, "provider: gce", "provider: gcp",
        'temporaryNodes.provider: found "gcp", expected gce (did you mean gce?)',
    ),
    Case(
        "memory in units that Kubernetes lacks", GAME, "memory: 2Gi", "memory: 2GB",
        'server.memory: found "2GB", expected text such as "2Gi" or "512Mi" '
        "(A memory or disk quantity in binary units)",
    ),
    Case(
        "a fraction of a core", GAME, "cpu: 2", "cpu: 1.5",
        'server.cpu: found 1.5, a number, expected a whole number or text such as 2 or "500m" '
        "(CPU: whole cores, or thousandths with an m)",
    ),
    Case(
        "no core at all", GAME, "cpu: 2", "cpu: 0",
        "server.cpu: found 0, expected more than 0 (CPU: whole cores, or thousandths with an m)",
    ),
    Case(
        "an image without its registry", GAME, "ghcr.io/mizuamedesu/ue-server-env:1.2.0", "ue-server-env",
        'server.image: found "ue-server-env", expected text such as "ghcr.io/example/server:1.4.0" '
        "(Full image reference with a tag or, better, a digest; never `latest`)",
    ),
    Case(
        "a name with spaces", GAME, "tenant: mizuame", "tenant: Mizuame Games",
        'tenant: found "Mizuame Games", expected text such as "mizuame" '
        "(Who owns it: a DNS label of at most 40 characters; one namespace a tenant)",
    ),
    Case(
        "a name with a line break", GAME, "tenant: mizuame", 'tenant: "mizuame\\n"',
        'tenant: found "mizuame\\n", expected text such as "mizuame" '
        "(Who owns it: a DNS label of at most 40 characters; one namespace a tenant)",
    ),
    Case(
        "a variable that is no text", GAME, "SERVER_SCRIPT: DOMINATIONServer.sh", "SERVER_SCRIPT: true",
        "server.env.SERVER_SCRIPT: found true, expected text in quotes",
    ),
    Case(
        "a variable that no shell could name", GAME, "SERVER_SCRIPT: DOMINATIONServer.sh", "SERVER-SCRIPT: x",
        'server.env.SERVER-SCRIPT: found the key "SERVER-SCRIPT", expected text such as "SERVER_MAP"',
    ),
    Case(
        "the root folder as writable", GAME, "/home/ue/Saved]", "/]",
        'server.writable[1]: found "/", expected text such as "/home/server/Saved"',
    ),
    Case(
        "a version read as a number", CLUSTER, "kubernetes: 1.35.4", "kubernetes: 1.35",
        'kubernetes: found 1.35, a number, expected text in quotes such as "1.35.4" (Version the nodes run)',
    ),
    Case(
        "yes, which YAML 1.2 reads as text", DESK, "trusted: true", "trusted: yes",
        'trusted: found "yes", text, expected true or false '
        "(True only where every game server's code is trusted, such as a desk)",
    ),
    Case(
        "an address without its prefix length", CLUSTER, "pods: 10.244.0.0/16", "pods: 10.244.0.0",
        'network.pods: found "10.244.0.0", expected text such as "10.244.0.0/16" (A network in CIDR notation)',
    ),
]  # fmt: skip
YAML = [
    Case("a tab", GAME, "  players: 16", "\tplayers: 16", "found a tab, expected spaces: YAML is not indented by tabs"),
    Case(
        "a bracket left open", GAME, "[hybrid]", "[hybrid",
        "found a bracket or quote without its end (did not find expected ',' or ']' by line 6), "
        "expected a comma or the closing bracket",
    ),
    Case(
        "a quote left open", OTHER, "tenant: lantern", 'tenant: "lantern',
        "found a bracket or quote without its end (found unexpected end of stream by line 28), "
        "expected the closing quote",
    ),
    Case(
        "a colon too many", GAME, "tenant: mizuame", "tenant: mizuame: games",
        "found a syntax error (mapping values are not allowed in this context), expected one `field: value` a line, "
        "indented like its neighbours; text with `: ` in it stands in quotes",
    ),
    Case(
        "a line indented too far", GAME, "  players: 16", "   players: 16",
        "found a syntax error (mapping values are not allowed in this context), expected one `field: value` a line, "
        "indented like its neighbours; text with `: ` in it stands in quotes",
    ),
    Case(
        "a line indented too little", GAME, "  players: 16", " players: 16",
        "found a syntax error (did not find expected key), expected a field, indented like its neighbours",
    ),
    Case(
        "a field twice", GAME, "  players: 16", "  players: 16\n  players: 8",
        "server.players: found the field a second time, expected one value (the first is on line 8)",
        at="players: 8",
    ),
    Case(
        "a number as key", GAME, "SERVER_SCRIPT: DOMINATIONServer.sh", "8080: open",
        "server.env: found the key 8080, expected text as key, in quotes if need be",
    ),
    Case(
        "an alias", GAME, "playersPerTeam: 8\n    minPlayers: 8", "playersPerTeam: &seats 8\n    minPlayers: *seats",
        "found the alias *seats, expected the value itself, written out",
        at="*seats",
    ),
    Case(
        "a merge key", OTHER, "  - name: duel\n    teams: 2", "  - &duel\n    name: duel\n    teams: 2\n  - <<: *duel",
        "found the alias *duel, expected the value itself, written out",
        at="*duel",
    ),
    Case(
        "a merge key without an alias", OTHER, "  autoscale: {", "  <<: {replicas: 2}\n  autoscale: {",
        "fleet.<<: found an unknown field, expected one of autoscale, replicas, site",
    ),
    Case("a tag", GAME, "players: 16", "players: !!int 16", "found the tag !!int, expected a plain value"),
    Case(
        "a tag that runs code", GAME, "name: domination\n", "name: !!python/object/apply:os.getcwd []\n",
        "found the tag !!python/object/apply:os.getcwd, expected a plain value",
    ),
    Case(
        "two documents", GAME, "\nfleet:", "---\nfleet:",
        "found a second document (---), expected one document a file",
    ),
]  # fmt: skip
SENSE = [
    Case(
        "a name other than the file's", GAME, "name: domination\n", "name: dominatoin\n",
        "name: found dominatoin, expected domination, as the file is called",
    ),
    Case(
        "both sizes", GAME, "  replicas: 3", "  replicas: 3\n  autoscale: {buffer: 1, min: 1, max: 3}",
        "fleet: found replicas and autoscale, expected exactly one of the two",
        at="fleet:",
    ),
    Case(
        "neither size", GAME, "  replicas: 3", "  site: home",
        "fleet: found neither replicas nor autoscale, expected exactly one of the two",
        at="fleet:",
    ),
    Case("the latest image", GAME, "ue-server-env:1.2.0", "ue-server-env:latest", "server.image: found ghcr.io/..."),
    Case("an image without a tag", GAME, "ue-server-env:1.2.0", "ue-server-env", "server.image: found ghcr.io/..."),
    Case(
        "a fleet at no site", GAME, "  replicas: 3", "  replicas: 3\n  site: hoem",
        "fleet.site: found hoem, expected a site of cluster hybrid: home, cloud (did you mean home?)",
        at="site: hoem",
    ),
    Case(
        "a node at no site", CLUSTER, "    site: cloud\n    roles", "    site: clout\n    roles",
        "nodes[0].site: found clout, expected one of home, cloud (did you mean cloud?)",
    ),
    Case(
        "a game on no cluster", GAME, "clusters: [hybrid]", "clusters: [hybird]",
        "clusters[0]: found hybird, expected one of hybrid, local (did you mean hybrid?)",
    ),
    Case(
        "a fleet that does not fit", OTHER, "max: 8}", "max: 800}",
        "fleet.autoscale.max: found 800, expected at most ...",
    ),
    Case(
        "networks that overlap", CLUSTER, "pods: 10.244.0.0/16", "pods: 10.96.0.0/16",
        "network.pods: found 10.96.0.0/16, expected a network that does not overlap 10.96.0.0/12...",
    ),
    Case(
        "a network that is a host", CLUSTER, "pods: 10.244.0.0/16", "pods: 10.244.1.0/16",
        "network.pods: found 10.244.1.0/16, expected a network in CIDR notation...",
    ),
    Case(
        "a pool outside its site", CLUSTER, "[163.220.236.56/32]", "[192.0.2.1/32]",
        "addressPools[0].addresses[0]: found 192.0.2.1/32, expected addresses in 10.240.0.0/24 or ...",
    ),
    Case("two nodes of one name", CLUSTER, "name: uc-k8s1p", "name: uc-k8s4p", "nodes[2].name: found uc-k8s4p a ..."),
    Case(
        "plain containers without trust", DESK, "trusted: true\n", "trusted: false\n",
        "isolation: found runc, expected kata...",
        at="isolation: runc",
    ),
]  # fmt: skip


def assert_refused(folder: Path, *expected: str) -> None:
    """The program prints these problems and no others, exits with 1 and leaves dist/ alone."""
    (folder / "dist" / "hybrid").mkdir(parents=True)
    (folder / "dist" / "hybrid" / "Fleet.domination.k8s.yaml").write_bytes(b"as it \xff was\r\n")
    before = content(folder / "dist"), (folder / "dist").stat().st_ino, sorted(folder.iterdir())
    done = run(folder)
    *said, count = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stdout) == (1, "")
    assert count == f"{len(said)} problem(s); dist/ is as it was"
    assert len(said) == len(expected), done.stderr
    for line, wanted in zip(said, expected, strict=True):
        start = wanted.removesuffix("...")
        assert line[: len(start) if start != wanted else None] == start
    assert (content(folder / "dist"), (folder / "dist").stat().st_ino, sorted(folder.iterdir())) == before


def broken(folder: Path, case: Case) -> str:
    """Break a file; the line that the program should print."""
    path = folder / case.file
    text = path.read_text()
    assert text.count(case.old), f"tests/facts/{case.file} has no {case.old!r}"
    changed = text.replace(case.old, case.new, 1)
    path.write_text(changed)
    where = changed.index(case.at) if case.at else _first_difference(text, changed)
    return f"{case.file}:{changed.count(chr(10), 0, where) + 1}: {case.said}"


def _first_difference(one: str, other: str) -> int:
    return next(i for i, (a, b) in enumerate(zip(one + "\0", other + "\1", strict=False)) if a != b)


@pytest.mark.parametrize("case", SHAPE + YAML + SENSE, ids=lambda case: case.name)
def test_the_message_names_the_line_what_was_found_and_what_would_be_right(tmp_path: Path, case: Case) -> None:
    folder = copy_facts(tmp_path)
    assert_refused(folder, broken(folder, case))


BYTES = {
    "an empty file": (b"", "1: found an empty file, expected a YAML mapping"),
    "only comments": (b"# soon\n", "1: found an empty file, expected a YAML mapping"),
    "a list": (b"- 1\n", "1: found [1], a list, expected a mapping with name, tenant, server, fleet, modes..."),
    "a word": (b"domination\n", '1: found "domination", text, expected a mapping with name, tenant, server...'),
    "null": (b"~\n", "1: found nothing, expected a mapping with name, tenant, server, fleet, modes..."),
    "Latin-1": (
        b"name: domination\ntenant: caf\xe9\n",
        "2: found a byte that is not UTF-8 (0xe9), expected UTF-8 text",
    ),
    "UTF-16": ("name: domination\n".encode("utf-16"), "1: found a byte that is not UTF-8 (0xff), expected UTF-8 text"),
    "a control character": (b"name: x\n\x00\n", "2: found the control character U+0000, expected printable text"),
    "lists in lists": (b"a: " + b"[" * 100_000, "1: found more than 50 levels, expected a mapping, see schemas/"),
    "mappings in mappings": (b"{a: " * 100_000, "1: found more than 50 levels, expected a mapping, see schemas/"),
    "dashes in dashes": (b"- " * 100_000, "1: found more than 50 levels, expected a mapping, see schemas/"),
}


@pytest.mark.parametrize(("bytes_", "said"), BYTES.values(), ids=BYTES)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, bytes_: bytes, said: str) -> None:
    folder = copy_facts(tmp_path)
    (folder / GAME).write_bytes(bytes_)
    assert_refused(folder, f"{GAME}:{said}")


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    (folder / GAME).write_text("- a\n" * 10_000_000)
    assert_refused(folder, f"{GAME}: found 40000000 bytes, expected at most 1048576")


def test_aliases_of_aliases_do_not_explode(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    bomb = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    (folder / GAME).write_text("\n".join(bomb))
    assert_refused(folder, *(f"{GAME}:{n + 1}: found the alias *a{n - 1}, expected ..." for n in range(1, 30)))


def test_the_fiftieth_problem_is_printed_and_the_rest_counted(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    (folder / GAME).write_text("".join(f"field{n}: 1\n" for n in range(1000)))
    done = run(folder)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 52
    assert done.stderr.endswith("... and 955 more\n1005 problem(s); dist/ is as it was\n")


def test_all_files_are_checked_in_one_run(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    by_name = {case.name: case for case in SHAPE + YAML}
    names = ["the only choice misspelt", "yes, which YAML 1.2 reads as text", "a tab", "a misspelt field"]
    desk, cluster = broken(folder, by_name[names[1]]), broken(folder, by_name[names[0]])
    (folder / OTHER).write_text((folder / OTHER).read_text().replace("teams: 2", "teams: two"))
    assert_refused(
        folder,
        cluster,
        desk,
        broken(folder, by_name["a misspelt field"]),
        *(
            f'{OTHER}:{line}: modes[{index}].teams: found "two", text, expected a whole number such as 2 (Sides of a match)'
            for index, line in ((0, 22), (1, 26))
        ),
    )


def test_contradictions_in_two_files_are_shown_together(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    by_name = {case.name: case for case in SENSE}
    cluster = broken(folder, by_name["two nodes of one name"])
    assert_refused(folder, cluster, broken(folder, by_name["both sizes"]))


def test_an_unsupported_kubernetes_is_refused_with_every_reason(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    case = Case("", CLUSTER, "kubernetes: 1.35.4", "kubernetes: 1.29.1", "kubernetes: found 1.29.1, expected ")
    line = broken(folder, case)
    assert_refused(folder, *(f"{line}{version}..." for version in ("1.33", "1.34", "1.35", "a minor that this Agones")))


def test_a_server_too_large_for_every_machine_is_refused(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    line = broken(folder, Case("", GAME, "memory: 2Gi", "memory: 200Gi", "server.memory: found ..."))
    assert_refused(folder, f"{GAME}:6: server: found ...", line)


def test_a_file_with_another_ending_is_refused_as_its_game_would_be_missed(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    (folder / GAME).rename(folder / "games" / "domination.yml")
    assert_refused(folder, "games/domination.yml: found the ending .yml, expected domination.yaml")


def test_files_that_editors_leave_behind_are_ignored(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    (folder / "games" / ".#domination.yaml").symlink_to("someone@somewhere.1234")
    (folder / "games" / ".domination.yaml.swp").write_bytes(b"\xff\x00")
    (folder / "games" / "domination.yaml~").write_text("- old")
    assert run(folder).returncode == 0


def test_a_folder_named_like_a_game_is_refused(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    (folder / "games" / "puzzle.yaml").mkdir()
    assert_refused(folder, "games/puzzle.yaml: found no way to read it (Is a directory), expected a YAML file")


def test_without_a_cluster_there_is_nothing_to_write(tmp_path: Path) -> None:
    assert_refused(tmp_path, "clusters: found no file, expected at least one cluster, clusters/<name>.yaml")


def test_a_cluster_without_games_is_right(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    for game in (folder / "games").iterdir():
        game.unlink()
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert not [name for name in content(folder / "dist") if "/Fleet." in name]


def test_a_secret_in_the_open_is_refused(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    secrets = folder / "clusters" / "hybrid" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "open.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\n")
    (secrets / "text.yaml").write_text("kind: SealedSecret\nmetadata: text\n")
    expected = "a SealedSecret with a name and a namespace, as kubeseal writes it"
    assert_refused(
        folder,
        f"clusters/hybrid/secrets/open.yaml:2: kind: found Secret, expected {expected}",
        f"clusters/hybrid/secrets/text.yaml:2: metadata: found namespace None and name None, expected {expected}",
    )


def test_windows_line_ends_and_a_byte_order_mark_are_right(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    assert run(folder).returncode == 0
    before = content(folder / "dist")
    for path in (folder / GAME, folder / CLUSTER):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert run(folder).returncode == 0
    assert content(folder / "dist") == before


def test_help_tells_of_the_folder() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "holds clusters/ and games/" in done.stdout
