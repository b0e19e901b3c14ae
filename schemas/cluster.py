"""One cluster: its sites, links, nodes and accounts. Facts only, no settings of components."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.facts import Address, Cidr, Cpu, Facts, Memory, Name, PortRange, Text
from schemas.players import Players

LINK_MTU = {"lan": 1500, "gcp-vpc": 1460, "ha-vpn": 1390, "tailscale": 1280}
"""Usable bytes of an IP packet by kind of link (Tailscale: net/tstun; HA VPN: 1460 less IPsec)."""

Mtu = Annotated[int, Meta(ge=576, le=9000, description="Largest IP packet in bytes.", examples=[1500])]


class Repository(Facts, frozen=True, kw_only=True):
    """Where Argo CD reads dist/ from."""

    url: Annotated[
        str,
        Meta(
            pattern=r"^(https://|ssh://|git@|file://)\S+$",
            description="Git URL.",
            examples=["https://github.com/example/homeground.git"],
        ),
    ]
    revision: Annotated[str, Meta(min_length=1, description="Branch that is live.", examples=["main"])] = "main"


class Network(Facts, frozen=True, kw_only=True):
    """Address ranges inside the cluster. None may overlap another or a site's network."""

    pods: Cidr
    services: Cidr


class Site(Facts, frozen=True, kw_only=True):
    """A place with one network: home, or one region of a cloud."""

    name: Name
    kind: Annotated[
        Literal["home", "cloud"],
        Meta(description="`home` runs games first; a `cloud` cannot answer ARP, so it never announces addresses."),
    ]
    networks: Annotated[
        list[Cidr], Meta(min_length=1, description="Every network that nodes or load balancer pools here use.")
    ]
    mtu: Mtu = 1500
    game_ports: Annotated[
        PortRange | None,
        Meta(description="Host ports of fleets pinned to this site. Must not overlap any other range."),
    ] = None


class Link(Facts, frozen=True, kw_only=True):
    """How two sites reach each other. The smallest link sets the pod network's MTU."""

    between: Annotated[list[Name], Meta(min_length=2, max_length=2, description="The two sites.")]
    kind: Annotated[
        Literal["tailscale", "ha-vpn", "lan", "gcp-vpc"],
        Meta(description="Decides the MTU unless `mtu` says otherwise."),
    ] = "tailscale"
    mtu: Mtu | None = None


class Redfish(Facts, frozen=True, kw_only=True):
    """A machine's management controller. Its account arrives as a SealedSecret, never here."""

    url: Annotated[
        str,
        Meta(
            pattern=r"^https://[0-9A-Za-z]([0-9A-Za-z.:-]{0,251}[0-9A-Za-z])?$",
            description="Where it listens, without a path.",
            examples=["https://10.240.0.140"],
        ),
    ]
    system: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9._~-]+$", description="The machine's id below /redfish/v1/Systems.")
    ] = "1"


class Node(Facts, frozen=True, kw_only=True):
    """A permanent machine. Temporary cloud machines are described by `temporaryNodes`."""

    name: Name
    site: Annotated[str, Meta(description="Name of a site in this file.", examples=["home"])]
    roles: Annotated[
        list[Literal["control-plane", "runner", "edge"]],
        Meta(
            min_length=1,
            description="`runner` plays games (needs /dev/kvm); `edge` only announces addresses and forwards.",
        ),
    ]
    hardware: Annotated[Text, Meta(description="What it is, for people.", examples=["Xeon E5-2699 v4"])]
    cpu: Cpu
    memory: Memory
    disk: Memory
    address: Annotated[Address, Meta(description="The address kubelet registers (--node-ip).")]
    public_endpoint: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9A-Za-z]([0-9A-Za-z.:-]{0,251}[0-9A-Za-z])?$")] | None,
        Meta(
            description="Address or DNS name where players reach this node, when it sits behind NAT.",
            examples=["163.220.236.54"],
        ),
    ] = None
    redfish: Annotated[
        Redfish | None, Meta(description="Its management controller, if it has one: whether it has power.")
    ] = None
    always_on: Annotated[
        bool, Meta(description="Survives the loss of every home site: all that failover needs is placed here.")
    ] = False


class AddressPool(Facts, frozen=True, kw_only=True):
    """Addresses that MetalLB hands to LoadBalancer Services and announces on the site's L2 segment."""

    name: Name
    site: Annotated[str, Meta(description="A home site; every node of it that is not cloud announces.")]
    addresses: Annotated[
        list[str],
        Meta(
            min_length=1,
            description="CIDRs or ranges `first-last`, inside the site's networks.",
            examples=[["163.220.236.56/32"]],
        ),
    ]


class ObjectStorage(Facts, frozen=True, kw_only=True):
    """S3-compatible storage that holds game files. Keys arrive as a SealedSecret, never here."""

    endpoint: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^/\s]+$", description="Its URL, without a path.", examples=["https://s3.example.com"]
        ),
    ]
    region: Annotated[Text, Meta(description="As the service names it.")] = "auto"
    bucket: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
            description="Holds every game's files, under `<game>/<revision>/`.",
            examples=["game-files"],
        ),
    ]


class MachineType(Facts, frozen=True, kw_only=True):
    """A machine type of the cloud, as it reaches Kubernetes."""

    name: Annotated[
        str, Meta(pattern=r"^[a-z0-9]+-[a-z0-9-]+$", description="The cloud's name of it.", examples=["n2-standard-8"])
    ]
    cpu: Cpu
    memory: Memory


class TemporaryNodes(Facts, frozen=True, kw_only=True):
    """Machines that stand in for a dead home node."""

    site: Annotated[str, Meta(description="The cloud site they join.")]
    provider: Annotated[Literal["gce"], Meta(description="Whose cloud it is.")] = "gce"
    project: Annotated[
        str,
        Meta(
            pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$",
            description="Project that pays for the machines.",
            examples=["my-project"],
        ),
    ]
    zones: Annotated[
        list[Text],
        Meta(min_length=1, description="Tried in this order on a stockout.", examples=[["asia-northeast1-b"]]),
    ]
    machine_types: Annotated[
        list[MachineType],
        Meta(min_length=1, description="Tried in this order. Kata needs nested virtualisation: Intel, not E2."),
    ]
    image_project: Annotated[Text, Meta(description="Project that holds the node image.")]
    image_family: Annotated[Text, Meta(description="Its newest image is booted.", examples=["k8s-kata-node"])]
    network: Annotated[Text, Meta(description="VPC network they are in.")]
    subnetwork: Annotated[Text, Meta(description="Subnetwork they get their addresses from.")]
    disk: Memory = "100Gi"
    workload_identity: Annotated[
        str,
        Meta(
            pattern=r"^projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+/providers/[a-z0-9-]+$",
            description="Provider that trusts this cluster's service accounts, so that failover needs no key.",
            examples=["projects/123456789012/locations/global/workloadIdentityPools/homeground/providers/hybrid"],
        ),
    ]
    max_machines: Annotated[
        int, Meta(ge=1, le=100, description="At once, whatever fails: what an outage may cost at most.")
    ] = 3
    quota_cpus: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="CPUs of these machine types that the project may have at once: the cloud's own quota."),
    ] = None


class Reserved(Facts, frozen=True, kw_only=True):
    """What kubelet keeps from pods on every node (systemReserved + kubeReserved + eviction threshold)."""

    cpu: Cpu = "250m"
    memory: Memory = "1Gi"


class TenantLimit(Facts, frozen=True, kw_only=True):
    """The most a tenant may run here. Without one its quota follows its games."""

    tenant: Name
    game_servers: Annotated[int, Meta(ge=1, le=100_000, description="GameServers at once.")]


class Cluster(Facts, frozen=True, kw_only=True):
    """A Homeground cluster."""

    name: Annotated[
        Name, Meta(description="Equals the file's name: a DNS label of at most 40 characters, the folder in dist/.")
    ]
    kubernetes: Annotated[
        str, Meta(pattern=r"^1\.[0-9]+\.[0-9]+$", description="Version the nodes run.", examples=["1.35.4"])
    ]
    repository: Repository
    trusted: Annotated[
        bool, Meta(description="True only where every game server's code is trusted, such as a desk.")
    ] = False
    isolation: Annotated[
        Literal["kata", "runc"],
        Meta(description="`kata`: each match in a micro-VM. `runc`: plain containers, trusted clusters only."),
    ] = "kata"
    matchmaking: Annotated[
        Literal["open-match", "embedded"],
        Meta(description="`open-match`: Open Match core on Valkey. `embedded`: in one process, for a desk."),
    ] = "open-match"
    players: Annotated[
        Players | None, Meta(description="Without it nothing matches players: servers are allocated by others.")
    ] = None
    network: Network
    game_ports: Annotated[PortRange, Meta(description="Host ports of fleets that may run at any site.")]
    sites: Annotated[list[Site], Meta(min_length=1, description="Where machines stand.")]
    links: Annotated[list[Link], Meta(description="Tunnels between sites.")] = []
    nodes: Annotated[list[Node], Meta(min_length=1, description="The permanent machines.")]
    reserved: Reserved = Reserved()
    address_pools: Annotated[list[AddressPool], Meta(description="Addresses for LoadBalancer Services.")] = []
    object_storage: ObjectStorage | None = None
    temporary_nodes: TemporaryNodes | None = None
    tenant_limits: Annotated[list[TenantLimit], Meta(description="Limits of tenants that have one.")] = []
