"""A game that makes sense in itself, whatever the cluster."""

from collections.abc import Iterator

from homeground.facts import Loaded
from homeground.image import names_a_version
from homeground.problem import Problem
from schemas.game import Game

OURS = ("SERVER_NAME", "MAX_PLAYERS", "SERVER_PORT", "AGONES_SDK_GRPC_PORT", "AGONES_SDK_HTTP_PORT")
"""Variables that the platform sets."""

SDK_PORTS = (8080, 9357, 9358)
"""Health, gRPC and HTTP of the SDK sidecar."""


def one_size(loaded: Loaded[Game]) -> Iterator[Problem]:
    """A fleet has a fixed size or an autoscaler, never both: they would take turns."""
    fleet = loaded.value.fleet
    if (fleet.replicas is None) == (fleet.autoscale is None):
        found = "neither replicas nor autoscale" if fleet.replicas is None else "replicas and autoscale"
        yield loaded.source.problem(("fleet",), found, "exactly one of the two")


def buffer_is_possible(loaded: Loaded[Game]) -> Iterator[Problem]:
    """What Agones' webhook demands of a Buffer policy: min is 0 or at least buffer, max is at least both."""
    scale = loaded.value.fleet.autoscale
    if not scale:
        return
    path = ("fleet", "autoscale")
    if scale.max < max(scale.min, scale.buffer):
        yield loaded.source.problem(
            (*path, "max"), scale.max, f"at least {max(scale.min, scale.buffer)}, min and buffer"
        )
    if 0 < scale.min < scale.buffer:
        yield loaded.source.problem((*path, "min"), scale.min, f"0, or at least {scale.buffer}, the buffer")


def image_names_a_version(loaded: Loaded[Game]) -> Iterator[Problem]:
    """No `latest`: nobody could say what runs, or go back to it. Files in the image are pinned by its digest."""
    image = loaded.value.server.image
    path = ("server", "image")
    if not names_a_version(image):
        yield loaded.source.problem(path, image, "a tag other than latest, or a digest")
    elif not loaded.value.files.mounted and "@sha256:" not in image:
        yield loaded.source.problem(path, image, "a digest (@sha256:...), since the game's files are in the image")


def files_are_complete(loaded: Loaded[Game]) -> Iterator[Problem]:
    """A mounted backend needs the hash of its content and a size."""
    files = loaded.value.files
    if not files.mounted:
        return
    if not files.revision:
        expected = f"the SHA-256 of the build, since backend is {files.backend}"
        yield loaded.source.problem(("files", "revision"), "nothing", expected)
    if not files.size:
        expected = f"the size of the files such as 10Gi, since backend is {files.backend}"
        yield loaded.source.problem(("files", "size"), "nothing", expected)


def modes_fit_the_server(loaded: Loaded[Game]) -> Iterator[Problem]:
    """No mode seats more players than the server has seats, nor starts with more than it seats."""
    seats = loaded.value.server.players
    for index, mode in enumerate(loaded.value.modes):
        players = mode.teams * mode.players_per_team
        if players > seats:
            found = f"{mode.teams} teams of {mode.players_per_team}"
            expected = f"at most {seats} players, server.players"
            yield loaded.source.problem(("modes", index, "playersPerTeam"), found, expected)
        if mode.min_players and mode.min_players > players:
            yield loaded.source.problem(("modes", index, "minPlayers"), mode.min_players, f"at most {players}")


def names_are_unique(loaded: Loaded[Game]) -> Iterator[Problem]:
    """Modes, ports and port numbers are told apart by their names."""
    game = loaded.value
    ports = game.server.ports
    lists: list[tuple[tuple[str, ...], str, list[str]]] = [
        (("modes",), "name", [mode.name for mode in game.modes]),
        (("server", "ports"), "name", [port.name for port in ports]),
        (("server", "ports"), "containerPort", [f"{port.container_port}/{port.protocol}" for port in ports]),
    ]
    for path, key, values in lists:
        for index, value in enumerate(values):
            if value in values[:index]:
                yield loaded.source.problem((*path, index, key), f"{value} a second time", f"a {key} of its own")


def folders_are_apart(loaded: Loaded[Game]) -> Iterator[Problem]:
    """No writable folder is named twice or hides the game's files."""
    writable = ["/tmp", *loaded.value.server.writable]
    files = loaded.value.files
    for index, folder in enumerate(writable[1:]):
        path = ("server", "writable", index)
        if folder in writable[: index + 1]:
            yield loaded.source.problem(path, f"{folder} a second time", "each folder once (/tmp is always there)")
        elif files.mounted and f"{files.mount_path}/".startswith(f"{folder}/"):
            expected = f"a folder that does not hide {files.mount_path}, the game's files"
            yield loaded.source.problem(path, folder, expected)
    if files.mounted and files.mount_path == "/tmp":
        yield loaded.source.problem(("files", "mountPath"), "/tmp", "a folder that is not writable")


def ports_are_free(loaded: Loaded[Game]) -> Iterator[Problem]:
    """The SDK sidecar shares the pod's network: its ports are taken."""
    for index, port in enumerate(loaded.value.server.ports):
        if port.protocol == "TCP" and port.container_port in SDK_PORTS:
            path = ("server", "ports", index, "containerPort")
            taken = ", ".join(map(str, SDK_PORTS))
            yield loaded.source.problem(
                path, port.container_port, f"a port that the SDK sidecar leaves free ({taken} are its)"
            )


def variables_are_free(loaded: Loaded[Game]) -> Iterator[Problem]:
    """The platform's own variables follow from the facts and can't be set otherwise."""
    for name in loaded.value.server.env:
        if name in OURS:
            yield loaded.source.problem(("server", "env", name), "a variable that the platform sets", "another name")
