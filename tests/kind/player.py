"""A player: `python -m tests.kind.player HOST PORT` sends a UDP packet and waits for the game server's answer."""

import secrets
import socket
import sys

from tests.cluster.wait import wait_for

SECONDS_OF_A_PACKET = 1
SECONDS = 60


def play(host: str, port: int, seconds: float = SECONDS) -> str:
    """The answer to a packet that nobody else sends. Raises TimeoutError after `seconds`.

    A packet may be lost, as UDP's are, so it is sent again until the answer to it comes.
    """
    word = secrets.token_hex(8)

    def answer() -> str | None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
            player.settimeout(SECONDS_OF_A_PACKET)
            player.connect((host, port))  # so that nobody else's packet is taken for the answer
            player.send(word.encode())
            said = player.recv(1500).decode(errors="replace").strip()
        return said if word in said else None

    return wait_for(f"{host}:{port} to answer a UDP packet", answer, seconds)


if __name__ == "__main__":
    sys.stdout.write(f"{play(sys.argv[1], int(sys.argv[2]))}\n")
