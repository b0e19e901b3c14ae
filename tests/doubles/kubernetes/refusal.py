"""What the API server says no with: its Status objects."""

from typing import Any

from tests.doubles.kubernetes.kinds import Kind

Json = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - what it is called where it is one
    """An answer from 400 up."""

    def __init__(self, code: int, reason: str, message: str, details: Json | None = None) -> None:
        super().__init__(f"{code} {reason}: {message}")
        self.code, self.reason, self.message, self.details = code, reason, message, details

    def status(self) -> Json:
        """The body."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            **({"details": self.details} if self.details else {}),
            "code": self.code,
        }


def _details(kind: Kind, name: str) -> Json:
    group = {"group": kind.resource.group} if kind.resource.group else {}
    return {"name": name, **group, "kind": kind.resource.plural}


def not_found(kind: Kind, name: str) -> Refusal:
    return Refusal(404, "NotFound", f'{kind.resource} "{name}" not found', _details(kind, name))


def exists(kind: Kind, name: str) -> Refusal:
    return Refusal(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', _details(kind, name))


def modified(kind: Kind, name: str) -> Refusal:
    """Somebody wrote since."""
    return conflict(
        kind, name, "the object has been modified; please apply your changes to the latest version and try again"
    )


def conflict(kind: Kind, name: str, why: str) -> Refusal:
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return Refusal(409, "Conflict", message, _details(kind, name))


def invalid(kind: Kind, name: str, field: str, why: str) -> Refusal:
    message = f'{kind.resource.kind} "{name}" is invalid: {field}: {why}'
    own = {"name": name, "kind": kind.resource.kind} | ({"group": kind.resource.group} if kind.resource.group else {})
    causes = [{"reason": "FieldValueInvalid", "message": why, "field": field}]
    return Refusal(422, "Invalid", message, {**own, "causes": causes})


def patch_refused() -> Refusal:
    """A JSON patch that does not apply, be it a `test`: the real one says no more either."""
    return Refusal(422, "Invalid", "the server rejected our request due to an error in our request", {})


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)


def expired(asked: int, oldest: int) -> Refusal:
    """A watch from a version that is no longer remembered."""
    return Refusal(410, "Expired", f"too old resource version: {asked} ({oldest})")


def continue_expired() -> Refusal:
    message = (
        "The provided continue parameter is too old to display a consistent list result. You can start a new list"
        " without the continue parameter."
    )
    return Refusal(410, "Expired", message)
