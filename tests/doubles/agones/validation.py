"""What Agones' validating webhook refuses, beyond the CRD schemas that the API server has checked before."""

import ipaddress
from typing import Any

from tests.doubles.agones import canonical, defaults, quantity
from tests.doubles.agones.field_errors import FieldError, forbidden, invalid, required, too_long, unsupported
from tests.doubles.agones.label_rules import check_annotations, check_labels
from tests.doubles.agones.names import DEV_ADDRESS_ANNOTATION, Json, annotations

NAME_LENGTH = 63
NEGATIVE = "must be greater than or equal to 0"


def fleet(obj: Json) -> list[FieldError]:
    new = canonical.fleet(obj)
    spec = new["spec"]
    found = _name(obj) + _strategy(spec["strategy"]) + _template(spec["template"])
    overflow = spec.get("allocationOverflow") or {}
    found += check_labels(overflow.get("labels") or {}, "spec.allocationOverflow.labels")
    return found + check_annotations(overflow.get("annotations") or {}, "spec.allocationOverflow.annotations")


def game_server_set(obj: Json) -> list[FieldError]:
    return _name(obj) + _template(canonical.template(obj["spec"]["template"]))


def game_server_set_update(obj: Json, old: Json) -> list[FieldError]:
    before, after = (canonical.template(each["spec"]["template"]) for each in (old, obj))
    refused = invalid("spec.template", before, "GameServerSet template cannot be updated")
    return _name(obj) + ([] if before == after else [refused])


def game_server(obj: Json) -> list[FieldError]:
    new = canonical.game_server(obj)
    return _name(obj) + _spec(new["spec"], "spec", annotations(obj).get(DEV_ADDRESS_ANNOTATION, ""))


def _name(obj: Json) -> list[FieldError]:
    # It becomes the value of a label on what is made from it.
    long = len(obj["metadata"].get("name") or "") > NAME_LENGTH
    return [too_long("metadata.name", NAME_LENGTH)] if long else []


def _strategy(strategy: Json) -> list[FieldError]:
    type_ = strategy.get("type", "")
    if type_ == "Recreate":
        return []
    if type_ != "RollingUpdate":
        return [unsupported("spec.strategy.type", type_, ["RollingUpdate", "Recreate"])]
    rolling, path = strategy.get("rollingUpdate") or {}, "spec.strategy.rollingUpdate"
    return [
        error for name in ("maxUnavailable", "maxSurge") for error in _rolling(rolling.get(name, 0), f"{path}.{name}")
    ]


def _rolling(value: Any, field: str) -> list[FieldError]:
    if isinstance(value, str):
        fine = value.endswith("%") and value[:-1].isdigit() and 1 <= int(value[:-1]) <= 99
        return [] if fine else [invalid(field, value, "must be between 1% and 99%")]
    return [] if value >= 1 else [invalid(field, value, "must be at least 1")]


def _template(template: Json) -> list[FieldError]:
    spec = defaults.game_server_spec(template["spec"])
    return _spec(spec, "spec.template.spec") + _metadata(template["metadata"], "spec.template.metadata")


def _metadata(metadata: Json, field: str) -> list[FieldError]:
    found = check_labels(metadata.get("labels") or {}, f"{field}.labels")
    return found + check_annotations(metadata.get("annotations") or {}, f"{field}.annotations")


def _spec(spec: Json, path: str, dev_address: str = "") -> list[FieldError]:
    players = f"{path}.players"
    found = [forbidden(players, "Value cannot be set unless feature flag PlayerTracking is enabled")]
    found = found if spec.get("players") is not None else []
    metadata = _metadata(spec["template"]["metadata"], f"{path}.template.metadata")
    if dev_address:
        return found + _development(spec, path, dev_address) + metadata
    found += _container(spec, path)
    for index, port in enumerate(spec.get("ports", ())):
        found += _port(port, spec, f"{path}.ports[{index}]")
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(spec["template"]["spec"].get(kind) or ()):
            found += _resources(container.get("resources") or {}, f"{path}.template.spec.{kind}[{index}].resources")
    return found + metadata


def _development(spec: Json, path: str, address: str) -> list[FieldError]:
    found = []
    try:
        ipaddress.ip_address(address)
    except ValueError:
        where = f"metadata.annotations.{DEV_ADDRESS_ANNOTATION}"
        found.append(invalid(where, address, "must be a valid IP address"))
    for index, port in enumerate(spec.get("ports", ())):
        if not port.get("hostPort"):
            found.append(required(f"{path}.ports[{index}].hostPort", DEV_ADDRESS_ANNOTATION))
        if port.get("portPolicy") != "Static":
            found.append(required(f"{path}.ports[{index}].portPolicy", "PortPolicy must be Static"))
    return found


def _container(spec: Json, path: str) -> list[FieldError]:
    name, containers = spec.get("container", ""), spec["template"]["spec"].get("containers") or []
    found = []
    if not name and len(containers) > 1:
        text = "Container is required when using multiple containers in the pod template"
        found.append(required(f"{path}.container", text))
    if name not in {each.get("name", "") for each in containers}:
        found.append(invalid(f"{path}.container", name, f"Could not find a container named {name}"))
    return found


def _port(port: Json, spec: Json, path: str) -> list[FieldError]:
    policy, inner, found = port.get("portPolicy", ""), port.get("containerPort", 0), []
    if policy in ("Dynamic", "Static") and inner <= 0:
        text = "ContainerPort must be defined for Dynamic and Static PortPolicies"
        found.append(required(f"{path}.containerPort", text))
    if policy == "Passthrough" and inner > 0:
        text = "ContainerPort cannot be specified with Passthrough PortPolicy"
        found.append(required(f"{path}.containerPort", text))
    if policy in ("Dynamic", "Passthrough") and port.get("hostPort", 0) > 0:
        text = "HostPort cannot be specified with a Dynamic or Passthrough PortPolicy"
        found.append(forbidden(f"{path}.hostPort", text))
    named = port.get("container")
    if named is not None and spec.get("container") and named not in _may_open_ports(spec["template"]["spec"]):
        text = "Container must be empty or the name of a container in the pod template"
        found.append(invalid(f"{path}.container", named, text))
    return found


def _may_open_ports(pod: Json) -> set[str]:
    sidecars = [each for each in pod.get("initContainers") or () if each.get("restartPolicy") == "Always"]
    return {each.get("name", "") for each in [*(pod.get("containers") or ()), *sidecars]}


def _resources(resources: Json, path: str) -> list[FieldError]:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    found = []
    for kind, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            if quantity.parse(amount)[0] < 0:
                found.append(invalid(f"{path}.{kind}[{name}]", amount, NEGATIVE))
            over = kind == "requests" and name in limits and quantity.parse(amount)[0] > quantity.parse(limits[name])[0]
            if over:
                text = f"must be less than or equal to {name} limit of {limits[name]}"
                found.append(invalid(f"{path}.requests", amount, text))
    return found
