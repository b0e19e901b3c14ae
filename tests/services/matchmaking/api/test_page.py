"""The cluster's page in a real browser, and what it is served with."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from matchmaking import summary
from matchmaking.summary import Summary
from tests.services.matchmaking.api.ground import DUEL, Ground, ground

pytestmark = pytest.mark.asyncio
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SECONDS = 90
HOSTILE = "<img src=x onerror=document.title='owned'>"


async def browse(url: str, folder: Path) -> tuple[str, str]:
    """The document once its scripts have run for some seconds of its own time, and the browser's log."""
    process = await asyncio.create_subprocess_exec(
        str(BROWSER),
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *(f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000", "--enable-logging=stderr"),
        *("--dump-dom", url),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SECONDS):
        out, log = await process.communicate()
    return out.decode(), "\n".join(line for line in log.decode().splitlines() if "CONSOLE" in line)


async def told(place: Ground) -> None:
    made = Summary(mode=DUEL.id, waiting=3, longest_wait=75.4, typical_wait=4.26, matches=12)
    await place.store.put(summary.key(DUEL.id), made.encoded(), 600.0)


@pytest.mark.slow
@pytest.mark.skipif(not BROWSER, reason="needs a browser: apt-get install chromium")
async def test_a_browser_shows_queues_waits_and_matches(tmp_path: Path) -> None:
    async with ground(tmp_path) as place:
        await told(place)
        document, log = await browse(f"http://127.0.0.1:{place.port}/", tmp_path)
    assert log == ""  # no script was refused, nothing failed
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", document)]
    assert cells[-5:] == [f"{DUEL.id}{DUEL.seats} players", "3", "4.3 s", "75 s", "12"]
    assert re.search(r'id="state"[^>]*class=""[^>]*>as of |id="state"[^>]*>as of ', document)


@pytest.mark.slow
@pytest.mark.skipif(not BROWSER, reason="needs a browser: apt-get install chromium")
async def test_nobody_counts_is_shown_as_unknown_and_a_name_is_only_a_name(tmp_path: Path) -> None:
    async with ground(tmp_path, cluster=HOSTILE) as place:
        document, log = await browse(f"http://127.0.0.1:{place.port}/", tmp_path)
    assert log == ""
    assert "&lt;img src=x" in document
    assert "<title>Matchmaking</title>" in document
    assert document.count("<td>\u2013</td>") == 4


async def test_it_takes_no_script_but_its_own(tmp_path: Path) -> None:
    async with ground(tmp_path) as place:
        player = await place.player()
        for path, kind in (("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")):
            answer = await player.ask("GET", path)
            assert answer.status == 200
            assert answer.headers["content-type"].startswith(kind)
            assert "default-src 'none'; script-src 'self'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_status_tells_of_modes_and_of_no_player(tmp_path: Path) -> None:
    async with ground(tmp_path) as place:
        player = await place.player()
        await told(place)
        answer = await player.ask("GET", "/v1/status")
    (mode,) = answer.body["modes"]
    assert mode == {
        "mode": DUEL.id,
        "players": DUEL.seats,
        "waiting": 3,
        "longestWait": 75.4,
        "typicalWait": 4.26,
        "matches": 12,
    }
