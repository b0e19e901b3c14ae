"""Fleet: the game servers of one game, in the form Agones' webhook stores (nothing for Argo CD to call drift)."""

from typing import Any

from homeground import labels, quantity
from homeground.game_files import volume
from homeground.manifest import Component, Manifest, ManifestChart
from schemas.game import Game, Server

USER = 1000
"""Unreal refuses to run as root."""


class Fleet(Component):
    """A game's Fleet and, for an autoscaled one, its FleetAutoscaler.

    `site` labels the servers where placement is known at synth time; `port_range` is one of Agones' named ranges;
    `prefer_site` is where servers go while there is room; `headroom` is how many may be stranded on a dead machine,
    where they count as servers of the fleet until their matches are given up.
    """

    def __init__(
        self,
        scope: ManifestChart | Component,
        id: str,
        *,
        game: Game,
        namespace: str,
        site: str | None,
        prefer_site: str | None,
        port_range: str,
        headroom: int = 0,
    ) -> None:
        super().__init__(scope, id)
        self.game, self.namespace, self.headroom = game, namespace, headroom
        self.labels = {labels.GAME: game.name, labels.TENANT: game.tenant} | ({labels.SITE: site} if site else {})
        size = {} if game.fleet.autoscale else {"replicas": game.fleet.replicas}
        spec = {
            **size,  # an autoscaler owns replicas: a number from Git would make the fleet jump at every sync
            "scheduling": "Distributed",
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {
                "metadata": {"labels": self.labels},
                "spec": {**self._game_server(port_range), "template": self._pod(prefer_site)},
            },
        }
        own = {labels.GAME: game.name}
        self.emit(Manifest("agones.dev/v1", "Fleet", game.name, {"spec": spec}, namespace, labels=own))
        if game.fleet.autoscale:
            self._autoscaler()

    def _game_server(self, port_range: str) -> dict[str, Any]:
        server = self.game.server
        named = {} if port_range == "default" else {"range": port_range}
        return {
            "container": "game-server",
            "ports": [
                {
                    "name": port.name,
                    **named,
                    "portPolicy": "Dynamic",
                    "containerPort": port.container_port,
                    "protocol": port.protocol,
                }
                for port in server.ports
            ],
            "health": {
                "initialDelaySeconds": server.health.initial_delay_seconds,
                "periodSeconds": server.health.period_seconds,
                "failureThreshold": server.health.failure_threshold,
            },
            "eviction": {"safe": "Never"},
            "sdkServer": {"logLevel": "Info", "grpcPort": 9357, "httpPort": 9358},
        }

    def _pod(self, prefer_site: str | None) -> dict[str, Any]:
        files = volume(self.game)
        folders = ["/tmp", *self.game.server.writable]
        scratch = [(f"scratch-{index}", folder) for index, folder in enumerate(folders)]
        mounts = [{"name": name, "mountPath": folder} for name, folder in scratch]
        volumes = [{"name": name, "emptyDir": {"sizeLimit": "1Gi"}} for name, _ in scratch]
        if files:
            mounts, volumes = [*mounts, files.mount], [*volumes, files.volume]
        spec = {
            "runtimeClassName": labels.RUNTIME_CLASS,
            "nodeSelector": self._node_selector(),
            **_preferring(prefer_site),
            "tolerations": _tolerations(self.game.server),
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": self.game.server.shutdown_seconds,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [_container(self.game, mounts)],
            "volumes": volumes,
        }
        return {"metadata": {"labels": self.labels}, "spec": spec}

    def _node_selector(self) -> dict[str, str]:
        pinned = {labels.SITE: self.game.fleet.site} if self.game.fleet.site else {}
        return {labels.RUNNER: "true", **pinned}

    def _autoscaler(self) -> None:
        scale = self.game.fleet.autoscale
        assert scale is not None
        most = scale.max + self.headroom
        buffer = {"bufferSize": scale.buffer, "minReplicas": scale.min, "maxReplicas": most}
        spec = {
            "fleetName": self.game.name,
            "policy": {"type": "Buffer", "buffer": buffer},
            "sync": {"type": "FixedInterval", "fixedInterval": {"seconds": 30}},
        }
        own = {labels.GAME: self.game.name}
        self.emit(
            Manifest(
                "autoscaling.agones.dev/v1", "FleetAutoscaler", self.game.name, {"spec": spec}, self.namespace, own
            )
        )


def _preferring(site: str | None) -> dict[str, Any]:
    if not site:
        return {}
    expression = {"key": labels.SITE, "operator": "In", "values": [site]}
    preference = {"weight": 100, "preference": {"matchExpressions": [expression]}}
    return {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preference]}}}


def _tolerations(server: Server) -> list[dict[str, Any]]:
    """Stay bound to an unreachable node as long as a match may last there: the failover operator decides, not
    the taint manager. Never tolerate out-of-service, which says that the machine is dead."""
    seconds = server.longest_session_minutes * 60
    return [
        {
            "key": taint,
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": seconds,
        }
        for taint in labels.PARTITION_TAINTS
    ]


def _container(game: Game, mounts: list[dict[str, Any]]) -> dict[str, Any]:
    server = game.server
    size = {
        "cpu": quantity.cpu(quantity.millicores(server.cpu)),
        "memory": quantity.memory(quantity.mebibytes(server.memory)),
    }
    return {
        "name": "game-server",
        "image": server.image,
        "imagePullPolicy": "IfNotPresent",
        "env": _environment(game),
        "resources": {"requests": size, "limits": size},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": mounts,
    }


def _environment(game: Game) -> list[dict[str, Any]]:
    """What the generic server image reads (reference system: ue-server-env), then the game's own variables."""
    ours: dict[str, str] = {
        "MAX_PLAYERS": str(game.server.players),
        "SERVER_PORT": str(game.server.ports[0].container_port),
    }
    name = {"name": "SERVER_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    theirs = dict(sorted(game.server.env.items()))  # a line moved in games/ must not restart every server
    return [name, *({"name": key, "value": value} for key, value in (ours | theirs).items())]
