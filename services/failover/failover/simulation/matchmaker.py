"""Players: they ask for a server, are given one that is Ready, play, and go."""

from collections.abc import Mapping
from random import Random

from failover.simulation.api import Api
from failover.simulation.machine import Machine, lose
from failover.simulation.objects import GameServer, Match
from failover.simulation.scenario import Matches

AGAIN = 1.0
WHO = "players"


class Matchmaker:
    """Allocation looks at a server's state and at our label, and never at its node: so does Agones."""

    def __init__(self, api: Api, machines: Mapping[str, Machine], demand: tuple[Matches, ...], random: Random) -> None:
        self._api, self._machines, self._random = api, machines, random
        self.matches: list[Match] = []
        for each in demand:
            self._plan(each)

    def _plan(self, demand: Matches) -> None:
        time = demand.at
        while time <= max(demand.at, demand.until if demand.every else 0):
            for _ in range(demand.count):
                self._api.agenda.at(time, lambda: self._ask(demand.fleet, demand.lasts))
            if not demand.every:
                return
            time += demand.every

    def _ask(self, fleet: str, lasts: float) -> None:
        match = Match(len(self.matches) + 1, fleet, lasts, self._api.agenda.now)
        self.matches.append(match)
        self._try(match)

    def _try(self, match: Match) -> None:
        ready = [each for each in self._api.servers.values() if self._suits(each, match.fleet)]
        if not ready:
            self._api.agenda.after(AGAIN, lambda: self._try(match))
            return
        server = self._random.choice(ready)
        server.state, server.match, match.began = "Allocated", match, self._api.agenda.now
        self._api.timeline.add(WHO, f"begin a match on {server.node}", server.name, detail=True)
        machine = self._machines[server.node]
        if not machine.talks:
            lose(server, "was sent to a machine that did not hear of it")
            self._api.timeline.add(WHO, f"are sent to {server.node}, which does not answer", server.name)
        self._api.agenda.after(match.lasts, lambda: self._end(server, match))
        self._api.written(server)

    def _suits(self, server: GameServer, fleet: str) -> bool:
        """By the label of the game, which an overflow Fleet's servers carry too."""
        found = self._api.sets.get(server.set)
        ours = found is not None and fleet in (found.name, found.of)
        return ours and server.state == "Ready" and not server.deleting and not server.suspect

    def _end(self, server: GameServer, match: Match) -> None:
        """Its process ends by itself, also where the players are long gone, or never came."""
        if not match.over:
            match.over = True
            self._api.timeline.add(WHO, f"end a match on {server.node}", server.name, detail=True)
        server.finished = True
        self._machines[server.node].sync(server)
