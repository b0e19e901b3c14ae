"""The operator's file of settings: a ConfigMap that apps/failover.py renders. `decision` is what rules decide by."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from failover.config import Config
from failover.probe import ProbeSettings
from failover.redfish import RedfishTarget


class SettingsError(Exception):
    """The file can't be used: which field, and why."""


class Gce(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Google Compute Engine, and what a machine there needs to join."""

    project: str
    image_project: str
    image_family: str
    network: str
    subnetwork: str
    disk_gb: Annotated[int, Meta(ge=10)]
    site: str
    """The site that temporary nodes say they are at."""

    server: str
    """The API server as they reach it: https://<host>:<port>."""

    certificate_authority_file: str = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
    token_key_file: str = "/var/run/secrets/homeground.dev/failover/token-key"
    node_labels: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    api: str = ""
    """Another address of the API: for tests. Then no credentials are sent."""


class HomeNode(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is known of a home node beside its Node object."""

    address: str
    """Where its kubelet listens."""

    public_endpoint: str = ""
    redfish: RedfishTarget | None = None


class Settings(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """All of it."""

    decision: Config
    namespace: str = "failover"
    """Of the operator's own Lease."""

    nodes: dict[str, HomeNode] = {}
    probes: ProbeSettings = ProbeSettings()
    gce: Gce | None = None
    leader_election: bool = True
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    """Of probes and metrics; 0 is any."""


def load(path: Path) -> Settings:
    """Raises SettingsError, which names the file and the field."""
    try:
        settings = msgspec.yaml.decode(path.read_bytes(), type=Settings)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise SettingsError(f"{path}: {error}") from None
    if settings.decision.capacity_source != "buffer" and settings.gce is None:
        raise SettingsError(f"{path}: gce: nothing given, but capacitySource is {settings.decision.capacity_source}")
    return settings
