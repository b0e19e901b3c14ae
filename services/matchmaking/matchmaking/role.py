"""What a process of matchmaking does. Each role has no more rights, keys and open ports than it needs."""

from enum import StrEnum


class Role(StrEnum):
    """Embedded mode has all of them in one process."""

    FRONTEND = "frontend"
    """Answers players and mints their tokens. It has the signing keys, and no word with the Kubernetes API."""

    DIRECTOR = "director"
    """Fetches matches, allocates their servers and labels servers. It alone talks to the Kubernetes API."""

    FUNCTIONS = "functions"
    """Match functions and evaluator: what Open Match calls. It has neither keys nor rights nor a store."""


ALL = frozenset(Role)
