"""A player, as far as a game server's port is concerned: a UDP packet and the wait for an answer."""

import socket

ANSWER_SECONDS = 2


def ask(port: int, said: str) -> str:
    """The answer to one packet sent to a port of 127.0.0.1; empty when none came."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        player.settimeout(ANSWER_SECONDS)
        player.sendto(said.encode(), ("127.0.0.1", port))
        try:
            return player.recv(1500).decode()
        except TimeoutError:
            return ""
