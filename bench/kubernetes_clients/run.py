"""`python bench/kubernetes_clients/run.py`: clients of the Kubernetes API on one server, in turns.

Keeps its tables in RESULTS.md.
A round runs everyone once (A B C, A B C), so that what else runs on the machine slows all of them.
"""

import argparse
import asyncio
import os
import platform
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))  # a script's own folder is all that is there

from bench.kubernetes_clients.contestant import Contestant, contestants, install
from bench.kubernetes_clients.ground import Ground, size
from bench.kubernetes_clients.watching import SCENARIOS, bookmarks, outcome
from kubeclient.resources import NODES

NODES_LISTED = 200
RESULTS = Path(__file__).with_name("RESULTS.md")
Costs = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds, after one that is not")
    options = parser.parse_args()
    install()
    text = asyncio.run(_report(options.rounds))
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


async def _report(rounds: int) -> str:
    who = contestants()
    costs = await _costs(who, rounds)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    machine = f"{cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    load = f"load {os.getloadavg()[0]:.1f} at the end"
    return "\n".join(
        [
            "# Clients of the Kubernetes API\n",
            f"{machine}, {load}. {rounds} rounds in turns, after one to warm up: median (range).",
            f"{NODES_LISTED} Nodes of {size()} bytes.\n",
            _cost_table(who, costs),
            _table(
                ["client", "delete with preconditions", "JSON patch with `test`", "asks for bookmarks"],
                await _calls(who),
            ),
            _table(["client", *SCENARIOS], await _watches(who)),
        ]
    )


async def _costs(who: list[Contestant], rounds: int) -> dict[str, Costs]:
    """Seconds and MiB by contestant and by what they are of, round by round."""
    costs: dict[str, Costs] = {each.module: {"import": [], "memory": [], "node": []} for each in who}
    async with Ground() as ground:
        for number in range(NODES_LISTED):
            ground.put(f"node-{number}")
        expected = sorted([f"node-{number}", "True"] for number in range(NODES_LISTED))
        for turn in range(rounds + 1):
            for each in who:
                imported = await each.said("import")
                listed = await each.said("nodes", ground.url)
                if sorted(listed.pop("nodes", ())) != expected:
                    raise AssertionError(f"{each.name} read something else: {listed}")
                if turn:
                    costs[each.module]["import"].append(imported["seconds"])
                    costs[each.module]["memory"].append(imported["after"] - imported["before"])
                    costs[each.module]["node"].append(listed["seconds"])
                print(f"round {turn}: {each.name}: {listed['seconds'] * 1e6:.0f} us a node", file=sys.stderr)
    return costs


def _cost_table(who: list[Contestant], costs: dict[str, Costs]) -> str:
    """Figures with ratios beside them: of one round, so that a slow minute slows both sides of each."""
    costs_of = ("import, CPU ms", "memory, MiB", "a listed Node, CPU µs")
    head = ["client", *(cell for cost in costs_of for cell in (cost, "times ours"))]
    scale = {"import": 1e3, "memory": 1.0, "node": 1e6}
    rows = []
    for each in who:
        row = [each.name]
        for kind, factor in scale.items():
            mine, ours = costs[each.module][kind], costs[who[0].module][kind]
            ratio = median(one / other for one, other in zip(mine, ours, strict=True))
            row += [f"{median(mine) * factor:.0f} ({min(mine) * factor:.0f}-{max(mine) * factor:.0f})", f"{ratio:.2f}"]
        rows.append(row)
    return _table(head, rows)


async def _calls(who: list[Contestant]) -> list[list[str]]:
    return [
        [each.name, await _precondition(each, "delete"), await _precondition(each, "json_patch"), await bookmarks(each)]
        for each in who
    ]


async def _precondition(contestant: Contestant, task: str) -> str:
    """Whether a write of an older version was refused, which only happens if the precondition arrived."""
    async with Ground() as ground:
        old = ground.put("node-1")["metadata"]["resourceVersion"]
        ground.put("node-1", filler=1)
        said = await contestant.said(task, ground.url, "node-1", old)
        if said.get("error") == "NotImplementedError":
            return f"**no**: {said['text']}"
        if "error" not in said or not ground.server.find(NODES, "node-1"):
            return f"**no**: {said}"
        return f"yes ({said['error']} {said['status']})" if said["status"] else f"yes ({said['error']})"


async def _watches(who: list[Contestant]) -> list[list[str]]:
    rows = []
    for each in who:
        rows.append([each.name])
        for scenario in SCENARIOS:
            rows[-1].append(await outcome(each, scenario))
            print(f"{each.name}: {scenario}: {rows[-1][-1]}", file=sys.stderr)
    return rows


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


if __name__ == "__main__":
    main()
