"""The operator's settings, as far as they follow from facts; for the rest its own defaults hold.

A contract test reads them as the operator does (failover.settings).
"""

from typing import Any

from homeground import quantity
from homeground.game_files import DRIVERS
from homeground.labels import RUNTIME_CLASS
from homeground.platform import Platform
from homeground.runtime_class import KATA_NODES
from homeground.traffic import API_SERVER
from schemas.cluster import Node, TemporaryNodes

DAY_SECONDS = 86_400
SECRETS_FOLDER = "/var/run/secrets/homeground.dev/failover"
TOKEN_FOLDER = "/var/run/secrets/homeground.dev/google"
REDFISH_FOLDER = "/var/run/secrets/homeground.dev/redfish"

Json = dict[str, Any]


def settings(platform: Platform, cloud: TemporaryNodes) -> Json:
    """The whole file."""
    control_plane = [node.address for node in platform.cluster.nodes if "control-plane" in node.roles]
    return {
        "decision": _decision(platform, cloud),
        "nodes": {node.name: _home(node) for node in platform.runners},
        # Heard by an operator that hears at all: a machine that says nothing then is silent.
        "probes": {"canaries": [{"host": address, "port": API_SERVER} for address in control_plane]},
        "gce": _gce(platform, cloud, control_plane[0]),
    }


def _decision(platform: Platform, cloud: TemporaryNodes) -> Json:
    """A drain waits as long as a match may last, and a machine is of use for a day before its successor is begun.

    With no game at all a session is as long as any may be, so that nothing is taken for dead too soon.
    """
    longest = max((game.server.longest_session_minutes * 60 for game in platform.games), default=DAY_SECONDS)
    drivers = [driver for backend, driver in DRIVERS.items() if platform.games_with(backend)]
    return {
        "cluster": platform.cluster.name,
        "places": [{"zone": zone, "machineType": type_.name} for type_ in cloud.machine_types for zone in cloud.zones],
        "longestSession": longest,
        "maxRun": DAY_SECONDS + longest,
        "maxWait": longest,
        "maxMachines": cloud.max_machines,
        "runtimeHandler": RUNTIME_CLASS if platform.cluster.isolation == "kata" else "",
        "storageDriver": drivers[0] if drivers else "",
    }


def _home(node: Node) -> Json:
    """How to reach a machine past Kubernetes."""
    home: Json = {"address": node.address}
    if node.public_endpoint:
        home["publicEndpoint"] = node.public_endpoint
    if node.redfish:
        home["redfish"] = {
            "url": node.redfish.url,
            "system": node.redfish.system,
            "credentialsFile": f"{REDFISH_FOLDER}/credentials.json",
            "caFile": f"{REDFISH_FOLDER}/ca.crt",
        }
    return home


def _gce(platform: Platform, cloud: TemporaryNodes, control_plane: str) -> Json:
    """Images bake Kata, so a machine carries from its beginning the labels by which the RuntimeClass finds nodes."""
    host = f"[{control_plane}]" if ":" in control_plane else control_plane
    return {
        "project": cloud.project,
        "imageProject": cloud.image_project,
        "imageFamily": cloud.image_family,
        "network": cloud.network,
        "subnetwork": cloud.subnetwork,
        "diskGb": -(-quantity.mebibytes(cloud.disk) // 1024),
        "site": cloud.site,
        "server": f"https://{host}:{API_SERVER}",
        "tokenKeyFile": f"{SECRETS_FOLDER}/token-key",
        "nodeLabels": dict(KATA_NODES) if platform.cluster.isolation == "kata" else {},
    }


def credentials(cloud: TemporaryNodes) -> Json:
    """What google-auth reads: the pod's own token, exchanged for one of Google's. No secret is in it.

    Source: cloud.google.com/iam/docs/workload-identity-federation-with-kubernetes.
    """
    return {
        "type": "external_account",
        "audience": f"//iam.googleapis.com/{cloud.workload_identity}",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": f"{TOKEN_FOLDER}/token"},
    }


def audience(cloud: TemporaryNodes) -> str:
    """Of the pod's token: what Google's side expects unless told otherwise."""
    return f"https://iam.googleapis.com/{cloud.workload_identity}"
