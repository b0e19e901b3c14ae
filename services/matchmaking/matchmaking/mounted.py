"""Folders that a Secret is mounted in."""

from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = tuple[tuple[str, int, int, int], ...]


def stamp(folder: Path) -> Stamp:
    """Changes with the folder: a Secret's files are links into one that is exchanged as a whole. Empty: not there."""
    try:
        stats = {each.name: each.stat() for each in folder.iterdir() if not each.name.startswith(".")}
    except OSError:
        return ()
    return tuple((name, stat.st_ino, stat.st_mtime_ns, stat.st_size) for name, stat in sorted(stats.items()))
