"""A game that makes sense in itself."""

import pytest

from homeground.problem import Problem
from homeground.seams import game
from tests.constructs.seams.case import DOMINATION, SKIRMISH, Case, Neighbour, broken, right
from tests.constructs.seams.edits import both, fact
from tests.constructs.seams.world import World

DIGEST = "@sha256:5d1f0c7a9e3b48d6a2c4e6f8091b3d5f7a9c1e3052647890abcdef1234567890"
REVISION = "  revision: 8c2b1f0d5e7a49c3b6f1e2d3c4b5a69788776655443322110f1e2d3c4b5a6978\n"
IMAGE = "ghcr.io/mizuamedesu/ue-server-env:1.2.0"
PORT = "    - {name: game, containerPort: 7777, protocol: UDP}\n"
WRITABLE = "[/home/ue/.config, /home/ue/Saved]"

BROKEN = [
    Case(
        game.one_size,
        fact(DOMINATION, "  replicas: 3\n", "  replicas: 3\n  autoscale: {buffer: 1, min: 1, max: 3}\n"),
        Problem(DOMINATION, 17, "fleet", "replicas and autoscale", "exactly one of the two"),
    ),
    Case(
        game.one_size,
        fact(DOMINATION, "  replicas: 3\n", "  site: home\n"),
        Problem(DOMINATION, 17, "fleet", "neither replicas nor autoscale", "exactly one of the two"),
    ),
    Case(
        game.buffer_is_possible,
        fact(SKIRMISH, "max: 8", "max: 1"),
        Problem(SKIRMISH, 15, "fleet.autoscale.max", "1", "at least 2, min and buffer"),
    ),
    Case(
        game.buffer_is_possible,
        fact(SKIRMISH, "buffer: 2", "buffer: 3"),
        Problem(SKIRMISH, 15, "fleet.autoscale.min", "2", "0, or at least 3, the buffer"),
    ),
    Case(
        game.image_names_a_version,
        fact(DOMINATION, "env:1.2.0", "env:latest"),
        Problem(
            DOMINATION,
            7,
            "server.image",
            "ghcr.io/mizuamedesu/ue-server-env:latest",
            "a tag other than latest, or a digest",
        ),
    ),
    Case(  # a registry's port is no tag
        game.image_names_a_version,
        fact(DOMINATION, IMAGE, "registry.example:5000/ue-server-env"),
        Problem(
            DOMINATION,
            7,
            "server.image",
            "registry.example:5000/ue-server-env",
            "a tag other than latest, or a digest",
        ),
    ),
    Case(
        game.image_names_a_version,
        fact(SKIRMISH, DIGEST, ""),
        Problem(
            SKIRMISH,
            6,
            "server.image",
            "ghcr.io/lantern-games/skirmish-server:0.9.3",
            "a digest (@sha256:...), since the game's files are in the image",
        ),
    ),
    Case(
        game.files_are_complete,
        fact(DOMINATION, REVISION, ""),
        Problem(DOMINATION, 20, "files.revision", "nothing", "the SHA-256 of the build, since backend is csi-s3"),
    ),
    Case(
        game.files_are_complete,
        fact(DOMINATION, "  size: 10Gi\n", ""),
        Problem(
            DOMINATION,
            20,
            "files.size",
            "nothing",
            "the size of the files such as 10Gi, since backend is csi-s3",
        ),
    ),
    Case(
        game.modes_fit_the_server,
        fact(DOMINATION, "playersPerTeam: 8", "playersPerTeam: 9"),
        Problem(DOMINATION, 29, "modes[0].playersPerTeam", "2 teams of 9", "at most 16 players, server.players"),
    ),
    Case(
        game.modes_fit_the_server,
        fact(DOMINATION, "minPlayers: 8", "minPlayers: 17"),
        Problem(DOMINATION, 30, "modes[0].minPlayers", "17", "at most 16"),
    ),
    Case(
        game.names_are_unique,
        fact(SKIRMISH, "name: squads", "name: duel"),
        Problem(SKIRMISH, 25, "modes[1].name", "duel a second time", "a name of its own"),
    ),
    Case(
        game.names_are_unique,
        fact(DOMINATION, PORT, PORT + "    - {name: game, containerPort: 7778, protocol: UDP}\n"),
        Problem(DOMINATION, 11, "server.ports[1].name", "game a second time", "a name of its own"),
    ),
    Case(
        game.names_are_unique,
        fact(DOMINATION, PORT, PORT + "    - {name: query, containerPort: 7777, protocol: UDP}\n"),
        Problem(
            DOMINATION,
            11,
            "server.ports[1].containerPort",
            "7777/UDP a second time",
            "a containerPort of its own",
        ),
    ),
    Case(
        game.folders_are_apart,
        fact(DOMINATION, WRITABLE, "[/home/ue/Saved, /home/ue/Saved]"),
        Problem(
            DOMINATION,
            15,
            "server.writable[1]",
            "/home/ue/Saved a second time",
            "each folder once (/tmp is always there)",
        ),
    ),
    Case(
        game.folders_are_apart,
        fact(DOMINATION, WRITABLE, "[/tmp]"),
        Problem(
            DOMINATION,
            15,
            "server.writable[0]",
            "/tmp a second time",
            "each folder once (/tmp is always there)",
        ),
    ),
    Case(
        game.folders_are_apart,
        fact(DOMINATION, WRITABLE, "[/game]"),
        Problem(DOMINATION, 15, "server.writable[0]", "/game", "a folder that does not hide /game, the game's files"),
    ),
    Case(
        game.folders_are_apart,
        fact(DOMINATION, "mountPath: /game", "mountPath: /home/ue/Saved/game"),
        Problem(
            DOMINATION,
            15,
            "server.writable[1]",
            "/home/ue/Saved",
            "a folder that does not hide /home/ue/Saved/game, the game's files",
        ),
    ),
    Case(
        game.folders_are_apart,
        fact(DOMINATION, "mountPath: /game", "mountPath: /tmp"),
        Problem(DOMINATION, 24, "files.mountPath", "/tmp", "a folder that is not writable"),
    ),
    Case(
        game.ports_are_free,
        fact(DOMINATION, "containerPort: 7777, protocol: UDP", "containerPort: 9357, protocol: TCP"),
        Problem(
            DOMINATION,
            10,
            "server.ports[0].containerPort",
            "9357",
            "a port that the SDK sidecar leaves free (8080, 9357, 9358 are its)",
        ),
    ),
    Case(
        game.variables_are_free,
        fact(DOMINATION, "  env:\n", "  env:\n    MAX_PLAYERS: '99'\n"),
        Problem(DOMINATION, 14, "server.env.MAX_PLAYERS", "a variable that the platform sets", "another name"),
    ),
]

RIGHT = [
    Neighbour(game.buffer_is_possible, fact(SKIRMISH, "max: 8", "max: 2"), "max is buffer and min"),
    Neighbour(game.buffer_is_possible, fact(SKIRMISH, "min: 2", "min: 0"), "min is 0"),
    Neighbour(
        game.image_names_a_version,
        fact(DOMINATION, IMAGE, f"registry.example:5000/ue-server-env{DIGEST}"),
        "a digest alone",
    ),
    Neighbour(
        game.files_are_complete,
        both(
            fact(DOMINATION, REVISION, ""),
            fact(DOMINATION, "  size: 10Gi\n", ""),
            fact(DOMINATION, "csi-s3", "image"),
            fact(DOMINATION, IMAGE, f"{IMAGE}{DIGEST}"),
        ),
        "files in the image need neither",
    ),
    Neighbour(game.modes_fit_the_server, fact(DOMINATION, "minPlayers: 8", "minPlayers: 16"), "all seats"),
    Neighbour(
        game.names_are_unique,
        fact(DOMINATION, PORT, PORT + "    - {name: query, containerPort: 7777, protocol: TCP}\n"),
        "one number, two protocols",
    ),
    Neighbour(game.folders_are_apart, fact(DOMINATION, WRITABLE, "[/games, /gam]"), "a name that begins alike"),
    Neighbour(
        game.folders_are_apart,
        fact(SKIRMISH, "  memory: 1Gi\n", "  memory: 1Gi\n  writable: [/game]\n"),
        "nothing is mounted there",
    ),
    Neighbour(game.ports_are_free, fact(DOMINATION, "containerPort: 7777", "containerPort: 9357"), "the same in UDP"),
    Neighbour(game.variables_are_free, fact(DOMINATION, "  env:\n", "  env:\n    MAX_PLAYER: '99'\n"), "nearly ours"),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
