"""What is the same for every machine of a cluster: where it is made and from what."""

from dataclasses import dataclass

API = "https://compute.googleapis.com/compute/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class GceSettings:
    """Names are those of GCE, without paths; `image_project` may be another project."""

    project: str
    zones: tuple[str, ...]
    """Where machines may be. A list that does not speak of each of them is an error."""

    cluster: str
    """Value of the label that every machine of this cluster carries, before it is made to fit."""

    image_project: str
    image_family: str
    network: str
    subnetwork: str
    """Of the zone's region; or a path (`projects/...`), for a shared VPC."""

    disk_gb: int
    disk_type: str = "pd-balanced"
    tags: tuple[str, ...] = ()
    """Network tags: what firewall rules select by."""

    api: str = API
    call_seconds: float = 20
    """For one call, its answer included."""

    operation_seconds: float = 90
    """For an operation by the wall clock: some creations hung for 35 minutes (cilium/cilium#48184)."""
