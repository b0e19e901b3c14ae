"""Refusals in the JSON shape of Google's APIs.

Texts are those that GCE was seen to send: 404 in the recorded answers of GoogleCloudPlatform/k8s-config-connector, 409
and labels in issues (scylladb/scylla-machine-image#184, oap-project/cloudtik#14), 412 in Teleport's (#43219).
"""

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """`reason` is what clients tell cases apart by."""

    def __init__(self, status: int, reason: str, message: str, domain: str = "global") -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status, self.reason, self.message, self.domain = status, reason, message, domain

    def body(self) -> Json:
        entry = {"message": self.message, "domain": self.domain, "reason": self.reason}
        return {"error": {"code": self.status, "message": self.message, "errors": [entry]}}


def not_found(resource: str) -> ApiError:
    return ApiError(404, "notFound", f"The resource '{resource}' was not found")


def already_exists(resource: str) -> ApiError:
    return ApiError(409, "alreadyExists", f"The resource '{resource}' already exists")


def not_ready(resource: str) -> ApiError:
    """As deletions were answered (googleapis/google-api-python-client#485)."""
    return ApiError(400, "resourceNotReady", f"The resource '{resource}' is not ready")


def invalid(field: str, value: str, why: str) -> ApiError:
    """It quotes the value, whatever it is: with start-up data that is a secret."""
    return ApiError(400, "invalid", f"Invalid value for field '{field}': '{value}'. {why}")


def stale_fingerprint() -> ApiError:
    message = "Supplied fingerprint does not match current metadata fingerprint."
    return ApiError(412, "conditionNotMet", message)
