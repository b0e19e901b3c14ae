"""Every label, annotation and key that matchmaking reads or writes on Kubernetes objects, in one place.

Those that manifests carry too stand in constructs/homeground/labels.py; a test compares the two.
"""

DOMAIN = "homeground.dev"

SITE = f"{DOMAIN}/site"
"""Label of nodes, and of GameServers once they are on one: where the machine stands."""

GAME = f"{DOMAIN}/game"
"""Label of GameServers: which game they serve. Allocation selects by it."""

SUSPECT = f"{DOMAIN}/suspect"
"""Label of a GameServer whose node may be dead: no allocation of ours takes it."""

MATCH = f"{DOMAIN}/match"
"""Label of an allocated GameServer: the match it is for, a uuid."""

MODE = f"{DOMAIN}/mode"
"""Label of an allocated GameServer: what is played on it, the name of a mode of its game."""

NONCE = f"{DOMAIN}/match-nonce"
"""Annotation of an allocated GameServer: 128 bits in hex, new for each attempt. Tokens are bound to it."""

ROSTER = f"{DOMAIN}/match-roster"
"""Annotation: the SHA-256 of the roster in hex, so that the server can tell whether it was told the right one.

Of who began the match: players who join it later are let in by their tokens alone."""

EXPIRES = f"{DOMAIN}/match-expires"
"""Annotation (RFC 3339): until then its players have to have joined."""

KICK = f"{DOMAIN}/kick"
"""Annotation: subjects that have to leave, comma-separated. The server sees it through the SDK's watch."""

JOINED = "agones.dev/sdk-joined"
"""Label `true` that a game server sets by the SDK's SetLabel once a player has joined: it is not reaped any more."""

CLOSED = f"{DOMAIN}/closed"
"""Annotation `true` of an allocated GameServer: its match takes no more players, whatever seats are free."""

CLOSED_BY_GAME = "agones.dev/sdk-closed"
"""The same, as a game server says it itself: the SDK's SetAnnotation writes no other names."""
