"""Published schemas made as strict as the API server is.

The API's OpenAPI document and CRDs both say which fields exist, but read as plain JSON Schema they let unknown
ones pass. The server refuses them (`fieldValidation=Strict`, server-side apply), so here they are refused too.
CEL rules (`x-kubernetes-validations`) and defaults are the server's alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

META = "io.k8s.apimachinery.pkg.apis.meta.v1"
OBJECT_META = f"{META}.ObjectMeta"
UNIQUE_KEYS = "uniqueKeys"
"""Our keyword for lists that are maps: server-side apply refuses two items with the same keys."""
_EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1"
_CRD_SCHEMA = {"$ref": f"#/$defs/{_EXTENSIONS}.JSONSchemaProps"}
_DNS = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_KEY = {"pattern": rf"^({_DNS}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?$"}
_LABEL = {"type": "string", "pattern": r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$"}

# Types whose Go code reads more, or less, than their OpenAPI text says.
SPECIAL: Mapping[str, Schema] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": ["integer", "string"]},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {
        "type": ["string", "number"],
        "pattern": r"^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?$",
    },
    "io.k8s.apimachinery.pkg.runtime.RawExtension": {"type": "object"},
    f"{META}.FieldsV1": {"type": "object"},
    f"{META}.Patch": {"type": "object"},
    f"{_EXTENSIONS}.JSON": {},
    f"{_EXTENSIONS}.JSONSchemaPropsOrArray": {
        "if": {"type": "array"}, "then": {"items": _CRD_SCHEMA}, "else": _CRD_SCHEMA,
    },
    f"{_EXTENSIONS}.JSONSchemaPropsOrBool": {"if": {"not": {"type": "boolean"}}, "then": _CRD_SCHEMA},
    f"{_EXTENSIONS}.JSONSchemaPropsOrStringArray": {
        "if": {"type": "array"}, "then": {"items": {"type": "string"}}, "else": _CRD_SCHEMA,
    },
}  # fmt: skip

_KEPT = (
    "type", "required", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
    "allOf", "anyOf", "oneOf", "not",
)  # fmt: skip


def strict(schema: Schema) -> Schema:
    """A type of the OpenAPI document, or a CRD's structural schema, as JSON Schema that knows only its own fields."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/definitions/", "#/$defs/")}
    out = {key: schema[key] for key in _KEPT if key in schema}
    _add_fields(out, schema)
    _add_type(out, schema)
    _add_format(out, schema.get("format"))
    _mend_exclusive_limits(out)
    return out


def _add_fields(out: Schema, schema: Schema) -> None:
    if "properties" in schema:
        out["properties"] = {name: strict(field) for name, field in schema["properties"].items()}
    if schema.get("x-kubernetes-embedded-resource"):
        anyone = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
        out["properties"] = out.get("properties", {}) | anyone | {"metadata": {"$ref": f"#/$defs/{OBJECT_META}"}}
        out["required"] = sorted({*out.get("required", []), "apiVersion", "kind", "metadata"})
    if "items" in schema:
        out["items"] = strict(schema["items"])
    if keys := schema.get("x-kubernetes-list-map-keys"):
        out[UNIQUE_KEYS] = keys
    if schema.get("x-kubernetes-list-type") == "set":
        out["uniqueItems"] = True
    values = schema.get("additionalProperties")
    if isinstance(values, dict):
        out["additionalProperties"] = strict(values)
    elif not values and not schema.get("x-kubernetes-preserve-unknown-fields") and schema.get("type") == "object":
        out["additionalProperties"] = False


def _add_type(out: Schema, schema: Schema) -> None:
    if schema.get("x-kubernetes-int-or-string"):
        out["type"] = ["integer", "string"]
        out.pop("anyOf", None)  # it says the same with less clear errors
    if schema.get("nullable") and "type" in out:
        types = out["type"] if isinstance(out["type"], list) else [out["type"]]
        out["type"] = [*types, "null"]


def _add_format(out: Schema, format_: str | None) -> None:
    """The formats that the server asserts; others are remarks."""
    if format_ in ("int32", "int64") and "integer" in out.get("type", ""):
        limit = 1 << (31 if format_ == "int32" else 63)
        out["minimum"] = max(out.get("minimum", -limit), -limit)
        out["maximum"] = min(out.get("maximum", limit - 1), limit - 1)
    elif format_ == "byte":
        out["pattern"] = r"^[A-Za-z0-9+/\r\n]*=?[\r\n]*=?[\r\n]*$"
    elif format_ == "date-time":
        out["format"] = format_


def _mend_exclusive_limits(out: Schema) -> None:
    """OpenAPI 3.0 says `minimum: 0, exclusiveMinimum: true` where JSON Schema says `exclusiveMinimum: 0`."""
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(out.get(exclusive), bool) and out.pop(exclusive):
            out[exclusive] = out.pop(limit)


def definitions(document: Schema) -> dict[str, Schema]:
    """All types of the API's OpenAPI document, strict, by their long names."""
    types = {
        name: dict(SPECIAL[name]) if name in SPECIAL else strict(schema)
        for name, schema in document["definitions"].items()
    }
    fields = types[OBJECT_META]["properties"]
    fields["labels"] = {"type": "object", "additionalProperties": _LABEL, "propertyNames": _KEY}
    fields["annotations"] = {"type": "object", "additionalProperties": {"type": "string"}, "propertyNames": _KEY}
    return types


def custom(version: Schema) -> Schema:
    """One version of a CRD: its structural schema, with the metadata that every object has."""
    published = version["schema"]["openAPIV3Schema"]
    root = strict({**published, "type": "object"})
    metadata: Schema = {"$ref": f"#/$defs/{OBJECT_META}"}
    if limits := published.get("properties", {}).get("metadata", {}).get("properties"):
        metadata = {"allOf": [metadata, {"properties": {name: strict(field) for name, field in limits.items()}}]}
    anyone = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": metadata}
    return {**root, "properties": {**root.get("properties", {}), **anyone}}


def closed_over(schema: Schema, types: Mapping[str, Schema]) -> Schema:
    """The schema with the definitions it reaches, and no others: a document that stands alone."""
    reached: dict[str, Schema] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = types[name]
            waiting.extend(_references(types[name]))
    return {**schema, "$defs": dict(sorted(reached.items()))}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix("#/$defs/")
        for part in schema.values():
            yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)
