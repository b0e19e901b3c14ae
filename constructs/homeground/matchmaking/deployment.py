"""Matchmaking's Deployments and Services, its configuration, and how many replicas may be away at once."""

from collections.abc import Sequence

import yaml
from cdk8s_plus_35 import k8s

from homeground import labels
from homeground.manifest import Component, ManifestChart
from homeground.matchmaking import FUNCTIONS_PORT, NAMESPACE, PART_OF, PLAYERS_PORT, STATUS_PORT, settings
from homeground.matchmaking.part import Part, parts
from homeground.platform import Platform
from homeground.platform_pod import (
    apart,
    config_hash,
    hardened,
    object_metadata,
    one_away,
    one_by_one,
    pod_template,
    probe,
    requirements,
    secret_volume,
)
from homeground.secret import SecretRef
from homeground.versions import PINS
from schemas.players import Players

IMAGE = f"ghcr.io/homeground-dev/matchmaking:{PINS['matchmaking']}"
USER = 65532
NAME = "matchmaking"

KEYS = SecretRef("matchmaking-keys", NAMESPACE, ("first",))
"""Tokens are signed with it: `openssl genpkey -algorithm ed25519`. A second file and one named `signing` rotate it."""

TLS = SecretRef("matchmaking-tls", NAMESPACE, ("tls.crt", "tls.key"))
"""The certificate of the address that players use."""

FOLDER, SETTINGS = "/etc/matchmaking", "settings.yaml"

NODE_PORTS = {"https": 30443, "http": 30080}
"""On every node, so that an always-on one is an address for players too when home and its pool are gone."""


def secrets(platform: Platform, players: Players) -> list[SecretRef]:
    """What must be sealed for it. Where it is embedded, its key dies with its queue."""
    return [*([] if settings.embedded(platform) else [KEYS]), *([TLS] if _scheme(players) == "https" else [])]


def _scheme(players: Players) -> str:
    return players.url.partition(":")[0]


class Matchmaking(Component):
    """All of its processes."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, platform: Platform, players: Players) -> None:
        super().__init__(scope, id)
        self.platform, self.players = platform, players
        self._data = {SETTINGS: yaml.safe_dump(settings.settings(platform, players), sort_keys=False)}
        k8s.KubeConfigMap(self, "config", metadata=object_metadata(NAME, PART_OF), data=self._data)
        for part in parts(platform):
            self._deployment(part)
            self._budget(part)
            if part.serves_players:
                self._players(part)
            if part.is_called:
                self._functions(part)

    def _deployment(self, part: Part) -> None:
        k8s.KubeDeployment(
            self,
            part.name,
            metadata=object_metadata(part.name, part.labels),
            spec=k8s.DeploymentSpec(
                replicas=part.workload.replicas,
                strategy=one_by_one() if part.role else k8s.DeploymentStrategy(type="Recreate"),  # never two queues
                selector=k8s.LabelSelector(match_labels=part.labels),
                template=pod_template(
                    part.labels | ({labels.SERVES_TENANTS: "true"} if part.serves_players else {}),  # the JWKS
                    self._container(part),
                    user=USER,
                    volumes=[volume for volume, _ in self._mounted(part)],
                    account=part.account,
                    affinity=apart(part.labels),
                    annotations=config_hash(self._data),
                ),
            ),
        )

    def _container(self, part: Part) -> k8s.Container:
        ports = {"status": STATUS_PORT}
        ports |= {"players": PLAYERS_PORT} if part.serves_players else {}
        ports |= {"functions": FUNCTIONS_PORT} if part.is_called else {}
        return k8s.Container(
            name=part.name,
            image=IMAGE,
            image_pull_policy="IfNotPresent",
            args=self._arguments(part),
            ports=[k8s.ContainerPort(name=name, container_port=port, protocol="TCP") for name, port in ports.items()],
            resources=requirements(part.workload),
            security_context=hardened(),
            liveness_probe=probe("/livez", STATUS_PORT),
            readiness_probe=probe("/readyz", STATUS_PORT),
            volume_mounts=[mount for _, mount in self._mounted(part)],
        )

    def _arguments(self, part: Part) -> list[str]:
        role = [f"--role={part.role}"] if part.role else []
        tls = [f"--tls={settings.TLS_FOLDER}"] if part.serves_players and TLS in self._secrets else []
        return ["run", f"--settings={FOLDER}/{SETTINGS}", *role, *tls]

    @property
    def _secrets(self) -> list[SecretRef]:
        return secrets(self.platform, self.players)

    def _mounted(self, part: Part) -> Sequence[tuple[k8s.Volume, k8s.VolumeMount]]:
        config = k8s.Volume(name="config", config_map=k8s.ConfigMapVolumeSource(name=NAME))
        found = [(config, k8s.VolumeMount(name="config", mount_path=FOLDER, read_only=True))]
        folders = {KEYS: settings.KEYS_FOLDER, TLS: settings.TLS_FOLDER}
        for ref in self._secrets if part.serves_players else ():
            mount = k8s.VolumeMount(name=ref.name, mount_path=folders[ref], read_only=True)
            found.append((secret_volume(ref.name, ref.name), mount))
        if not part.role:  # the embedded core's socket
            memory = k8s.EmptyDirVolumeSource(medium="Memory", size_limit=k8s.Quantity.from_string("1Mi"))
            found.append((k8s.Volume(name="tmp", empty_dir=memory), k8s.VolumeMount(name="tmp", mount_path="/tmp")))
        return found

    def _budget(self, part: Part) -> None:
        k8s.KubePodDisruptionBudget(
            self,
            f"{part.name}-budget",
            metadata=object_metadata(part.name, part.labels),
            spec=one_away(k8s.LabelSelector(match_labels=part.labels)),
        )

    def _players(self, part: Part) -> None:
        """Where there is a pool, MetalLB announces an address of it, and nodes hand the traffic on."""
        scheme, pool = _scheme(self.players), self.players.pool
        port = k8s.ServicePort(
            name=scheme,
            port=443 if scheme == "https" else 80,
            protocol="TCP",
            target_port=k8s.IntOrString.from_number(PLAYERS_PORT),
            node_port=NODE_PORTS[scheme],
        )
        k8s.KubeService(
            self,
            "players",
            metadata=k8s.ObjectMeta(
                name="players",
                labels=part.labels,
                annotations={"metallb.io/address-pool": pool} if pool else None,
            ),
            spec=k8s.ServiceSpec(
                type="LoadBalancer" if pool else "NodePort",
                # Announcers stand at home and frontends do not: `Local` would announce nothing.
                external_traffic_policy="Cluster",
                selector=part.labels,
                ports=[port],
            ),
        )

    def _functions(self, part: Part) -> None:
        port = k8s.ServicePort(
            name="grpc",
            port=FUNCTIONS_PORT,
            protocol="TCP",
            target_port=k8s.IntOrString.from_number(FUNCTIONS_PORT),
        )
        # Headless: gRPC clients balance over the pods themselves.
        spec = k8s.ServiceSpec(type="ClusterIP", cluster_ip="None", selector=part.labels, ports=[port])
        k8s.KubeService(self, "functions-service", metadata=object_metadata(part.name, part.labels), spec=spec)
