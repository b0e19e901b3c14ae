"""What the API server refused, and what it did not answer."""

from collections.abc import Mapping
from typing import Any

import msgspec


class ApiError(Exception):
    """A call that failed: HTTP status, `reason` and `message` of the Status object, which says what was meant.

    `details` are the Status's own; `retry_after` are the seconds that the server asks to wait.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status, self.reason, self.message = status, reason, message
        self.details, self.retry_after = details or {}, retry_after

    @property
    def missing(self) -> bool:
        """The object is not there. The 404 of a kind that is not served, or of a proxy, says no such thing."""
        return self.status == 404 and self.reason == "NotFound" and bool(self.details.get("name"))

    @property
    def exists(self) -> bool:
        """An object of that name is there already."""
        return self.status == 409 and self.reason == "AlreadyExists"

    @property
    def conflict(self) -> bool:
        """A precondition did not hold: somebody wrote first. Read again and decide anew.

        A JSON patch whose `test` fails gets 422 Invalid without saying which field, unlike what is really invalid.
        """
        if self.status == 422:
            return self.reason == "Invalid" and not self.details.get("causes")
        return self.status == 409 and self.reason == "Conflict"

    @property
    def expired(self) -> bool:
        """The resourceVersion is forgotten: list again."""
        return self.status == 410


class NoAnswerError(ApiError):
    """No whole answer came. A write may have been carried out: read before concluding anything."""

    def __init__(self, message: str) -> None:
        super().__init__(0, "NoAnswer", message)


def of_status(status: Mapping[str, Any], code: int = 500, retry_after: float | None = None) -> ApiError:
    """The error that a Status object is; `code` is for one that names none."""
    details = status.get("details") or {}
    if not isinstance(details, dict):
        raise AttributeError(f"details are {details!r}")
    wait = details.get("retryAfterSeconds", retry_after)
    return ApiError(status.get("code", code), status.get("reason", ""), status.get("message", ""), details, wait)


def of_answer(code: int, body: bytes, retry_after: str = "") -> ApiError:
    """The error that an HTTP answer is. Not everybody who answers is an API server: a proxy sends text."""
    seconds = float(retry_after) if retry_after.isdigit() else None
    try:
        status = msgspec.json.decode(body, type=dict[str, Any])
        return of_status(status, code, seconds)
    except (msgspec.DecodeError, AttributeError):
        return ApiError(code, "", body[:500].decode(errors="replace").strip(), None, seconds)
