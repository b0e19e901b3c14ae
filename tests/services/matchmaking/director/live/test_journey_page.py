"""docs/matchmaking.md: its journey with curl, run as it stands there; and a kick."""

import json
import os
import re
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from matchmaking.words import KICK, MATCH
from tests.cluster.api import Json
from tests.cluster.wait import wait_for
from tests.doubles.agones.world import World
from tests.program import ROOT
from tests.services.matchmaking.director.live.whole import begin_fleet, port_of, settings, start

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("matchmaking-director")]
MODE = "lobby/duel"


def script() -> str:
    text = (ROOT / "docs" / "matchmaking.md").read_text()
    (found,) = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    return str(found)


def ask(url: str, body: Any = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
        return json.load(answer)


def friend(play: str) -> None:
    """Somebody to play with."""
    token = ask(f"{play}/v1/guests", {})["token"]
    ticket = ask(f"{play}/v1/tickets", {"mode": MODE, "skill": 1210}, token)
    ask(f"{play}/v1/tickets/{ticket['id']}?wait=50", token=token)


def answers(play: str) -> list[Any]:
    """What the journey's last two calls print."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script()],
        env=os.environ | {"PLAY": play, "MODE": MODE},
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(done.stdout)
    return [first, decoder.raw_decode(done.stdout[end:].lstrip())[0]]


def test_the_journey_ends_at_a_server_and_a_kick_is_seen_there(world: World, tmp_path: Path) -> None:
    made = begin_fleet(world, 2)
    process = start("matchmaking", settings(world, tmp_path), world, tmp_path)
    try:
        world.wait_status(made, replicas=2, readyReplicas=2)
        play = f"http://127.0.0.1:{port_of(process)}"
        other = threading.Thread(target=friend, args=(play,))
        other.start()
        assigned, again = answers(play)
        other.join()
        assert assigned["state"] == again["state"] == "assigned"
        assert assigned["server"]["addresses"] == again["server"]["addresses"]
        status = wait_for("the page to count the match", lambda: counted(play), 30)
        assert status["mode"] == MODE
        kicked(world, assigned)
    finally:
        process.kill()


def counted(play: str) -> Json | None:
    modes: list[Json] = ask(f"{play}/v1/status")["modes"]
    return next((each for each in modes if each.get("matches") == 1 and each.get("typicalWait") is not None), None)


def kicked(world: World, ticket: Json) -> None:
    match, player = ticket["server"]["match"], ticket["players"][0]
    (server,) = world.api.list("agones.dev/v1", "GameServer", world.namespace, labels=f"{MATCH}={match}")
    name = server["metadata"]["name"]
    command = [sys.executable, "-m", "matchmaking", "kick", world.namespace, name, player]
    command += ["--kubeconfig", str(world.control_plane.kubeconfig)]
    for _ in range(2):  # once more changes nothing
        assert f"{player} has to leave" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert world.api.get(server)["metadata"]["annotations"][KICK] == player
    wrong = subprocess.run([*command[:5], "nobody", *command[6:]], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "there is no GameServer" in wrong.stderr
