"""Files that are not YAML, or more YAML than facts need: what the program prints, and that it never hangs."""

from pathlib import Path

import pytest

from tests.breaking import GAME, OTHER, Case, assert_refused, broken
from tests.program import copy_facts

pytestmark = pytest.mark.slow  # a process a case

CASES = [
    Case("a tab", GAME, "  players: 16", "\tplayers: 16", "found a tab, expected spaces: YAML is not indented by tabs"),
    Case(
        "a bracket left open", GAME, "[hybrid]", "[hybrid",
        "found a bracket or quote without its end (did not find expected ',' or ']' by line 6), "
        "expected a comma or the closing bracket",
    ),
    Case(
        "a quote left open", OTHER, "tenant: lantern", 'tenant: "lantern',
        "found a bracket or quote without its end (found unexpected end of stream by line ...",
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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_message_names_the_line_and_the_remedy(tmp_path: Path, case: Case) -> None:
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
