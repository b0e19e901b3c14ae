"""Refusals of GCE, in the call or later in the operation, and the class of each.

Reasons are spelt `quotaExceeded` in an answer and `QUOTA_EXCEEDED` in an operation; both are one here. Sources: the
troubleshooting pages of Compute Engine, and what cluster-autoscaler and SkyPilot tell apart.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from failover.gce.redaction import redacted
from failover.provider import ErrorClass, ProviderError

Json = Mapping[str, Any]
_CLASSES: Mapping[ErrorClass, tuple[str, ...]] = {
    ErrorClass.STOCKOUT: ("zoneresourcepoolexhausted", "zoneresourcepoolexhaustedwithdetails", "resourcepoolexhausted"),
    # A full subnetwork (ipspace) is full in every zone of its region.
    ErrorClass.QUOTA: ("quotaexceeded", "limitexceeded", "ipspaceexhausted", "ipspaceexhaustedwithdetails"),
    ErrorClass.DENIED: ("permissionserror", "permissiondenied", "accessnotconfigured"),
    ErrorClass.INVALID: ("notfound", "resourcenotfound", "invalidfieldvalue", "invalidusage"),
    ErrorClass.CONFLICT: ("alreadyexists", "resourcealreadyexists"),
    ErrorClass.RETRY: (
        "ratelimitexceeded",
        "userratelimitexceeded",
        "resourceoperationrateexceeded",
        "resourcenotready",
        "resourceinusebyanotherresource",
        "conditionnotmet",
    ),
}
# Left out: `forbidden`, `invalid`, `backendError` say no more than the status, and may stand before a reason that does.
_BY_REASON = {reason: error_class for error_class, reasons in _CLASSES.items() for reason in reasons}
_BY_STATUS = {
    401: ErrorClass.DENIED,
    403: ErrorClass.DENIED,
    408: ErrorClass.RETRY,
    409: ErrorClass.CONFLICT,
    412: ErrorClass.RETRY,
    429: ErrorClass.RETRY,
}


class GceError(ProviderError):
    """A refusal. `status` is HTTP's, 0 without an answer; `reasons` are without case and underscores."""

    def __init__(
        self, error_class: ErrorClass, message: str, status: int = 0, reasons: tuple[str, ...] = (), late: bool = False
    ) -> None:
        super().__init__(error_class, message)
        self.status, self.reasons = status, reasons
        self.late = late
        """It came in the operation: the request had been accepted."""


def unanswered(message: str, status: int = 0) -> GceError:
    """No answer, or none that can be read: what was asked for may have been carried out."""
    return GceError(ErrorClass.RETRY, redacted(message), status)


def of_answer(status: int, body: object, secrets: Iterable[str] = ()) -> GceError:
    """The error of a call that was not answered with 2xx. `body` is whatever was parsed, None if nothing was."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return GceError(_class(status, ()), f"HTTP {status}, not in the words of GCE", status)
    entries = [*_entries(error.get("errors")), *_entries(error.get("details"))]
    reasons = tuple(_plain(entry["reason"]) for entry in entries if entry.get("reason"))
    message = redacted(f"HTTP {status}: {error.get('message', '')} ({', '.join(reasons)})", secrets)
    return GceError(_class(status, reasons), message, status, reasons)


def of_operation(operation: Json, secrets: Iterable[str] = ()) -> GceError | None:
    """The error of an operation that is done, or None. That something `was not found` is one too (defect D17)."""
    error = operation.get("error")
    entries = _entries(error.get("errors")) if isinstance(error, Mapping) else []
    status = operation.get("httpErrorStatusCode")
    if not isinstance(status, int):
        status = 0
    if not entries and status < 400:
        return None
    reasons = tuple(_plain(entry.get("code", "")) for entry in entries)
    said = "; ".join(f"{entry.get('code', '')}: {entry.get('message', '')}" for entry in entries)
    message = redacted(said or str(operation.get("httpErrorMessage", "")), secrets)
    return GceError(_class(status, reasons), message, status, reasons, late=True)


def _class(status: int, reasons: tuple[str, ...]) -> ErrorClass:
    if status in (401, 429):  # plain, whatever reason comes with them
        return _BY_STATUS[status]
    known = [_BY_REASON[reason] for reason in reasons if reason in _BY_REASON]
    if known:
        return known[0]
    fallback = ErrorClass.INVALID if 400 <= status < 500 else ErrorClass.RETRY
    return _BY_STATUS.get(status, fallback)


def _plain(reason: object) -> str:
    return str(reason).replace("_", "").lower()


def _entries(given: object) -> list[Json]:
    return [entry for entry in given if isinstance(entry, Mapping)] if isinstance(given, list) else []
