"""Games of the tests' own, so that none of them depends on whose games this repository holds."""

from typing import Any

import yaml

Fleet = dict[str, Any]
"""`fleet` of schemas/game.py."""

APPLES, PEARS, BOATS = "test-apples", "test-pears", "test-boats"
ORCHARD, HARBOUR = "test-orchard", "test-harbour"
TENANTS = {APPLES: ORCHARD, PEARS: ORCHARD, BOATS: HARBOUR}
DIGEST = "sha256:" + 64 * "a"


def facts(game: str, fleet: Fleet, cpu: str = "100m") -> str:
    """games/<game>.yaml with that fleet."""
    return yaml.safe_dump(
        {
            "name": game,
            "tenant": TENANTS[game],
            "server": {
                "image": f"registry.example/{game}:1.0.0@{DIGEST}",
                "players": 8,
                "ports": [{"name": "game", "containerPort": 7777}],
                "cpu": cpu,
                "memory": "128Mi",
            },
            "fleet": fleet,
            "modes": [{"name": "duel", "teams": 2, "playersPerTeam": 1}],
        }
    )
