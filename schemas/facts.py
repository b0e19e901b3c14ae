"""Vocabulary shared by the cluster and game files."""

from typing import Annotated

from msgspec import Meta, Struct

Name = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$",
        description="A DNS label of at most 40 characters: it becomes part of longer Kubernetes names.",
        examples=["home", "domination"],
    ),
]
Cpu = Annotated[
    Annotated[int, Meta(gt=0, le=1024)] | Annotated[str, Meta(pattern=r"^[1-9][0-9]*m?$")],
    Meta(description="CPU: whole cores, or thousandths with an m.", examples=[2, "500m"]),
]
Memory = Annotated[
    str,
    Meta(
        pattern=r"^[1-9][0-9]*(Mi|Gi|Ti)$",
        description="A memory or disk quantity in binary units.",
        examples=["2Gi", "512Mi"],
    ),
]
Cidr = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-fA-F.:]+/[0-9]{1,3}$",
        description="A network in CIDR notation.",
        examples=["10.244.0.0/16"],
    ),
]
Address = Annotated[str, Meta(pattern=r"^[0-9a-fA-F.:]+$", description="An IP address.", examples=["10.240.0.40"])]


Text = Annotated[str, Meta(min_length=1)]
Folder = Annotated[str, Meta(pattern=r"^(/(?!\.{1,2}(/|$))[^/:\s]+)+$", examples=["/home/server/Saved"])]


class Facts(Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """Base of every fact: immutable, camelCase in YAML, unknown fields refused."""


class PortRange(Facts, frozen=True, kw_only=True):
    """A range of host ports, both ends included. Open it for UDP on every node of the site."""

    min: Annotated[int, Meta(ge=1024, le=65535, description="First port.")]
    max: Annotated[int, Meta(ge=1024, le=65535, description="Last port.")]

    @property
    def ports(self) -> range:
        return range(self.min, self.max + 1)
