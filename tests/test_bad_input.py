"""A whole run on facts that are wrong, or only look so: files, folders, and every problem at once."""

from pathlib import Path

from tests.breaking import CLUSTER, DESK, GAME, OTHER, Case, assert_refused, broken
from tests.program import content, copy_facts, run


def test_the_fiftieth_problem_is_printed_and_the_rest_counted(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    (folder / GAME).write_text("".join(f"field{n}: 1\n" for n in range(1000)))
    done = run(folder)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 52
    assert done.stderr.endswith("... and 955 more\n1005 problem(s); dist/ is as it was\n")


def test_all_files_are_checked_in_one_run(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    text = 'found "yes", text, expected true or false '
    about = "(True only where every game server's code is trusted, such as a desk)"
    lines = [
        Case("", CLUSTER, "gce", "gcp", 'temporaryNodes.provider: found "gcp", expected gce (did you mean gce?)'),
        Case("", DESK, "trusted: true", "trusted: yes", f"trusted: {text}{about}"),
        Case("", GAME, "players: 16", "\tplayers: 16", "found a tab, expected spaces: YAML is not indented by tabs"),
        Case("", OTHER, "teams: 2", "teams: two", 'modes[0].teams: found "two", text, expected a whole number...'),
        Case("", OTHER, "teams: 2", "teams: two", 'modes[1].teams: found "two", text, expected a whole number...'),
    ]
    assert_refused(folder, *[broken(folder, case) for case in lines])


def test_contradictions_in_two_files_are_shown_together(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    lines = [
        Case("", CLUSTER, "name: uc-k8s1p", "name: uc-k8s4p", "nodes[2].name: found uc-k8s4p a second time..."),
        Case("", GAME, "replicas: 3", "site: home", "fleet: found neither ...", at="fleet:"),
    ]
    assert_refused(folder, *[broken(folder, case) for case in lines])


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
