"""The class of a refusal in a call, by GCE's words and else by the status."""

import pytest

from failover.gce.error import of_answer
from failover.provider import ErrorClass


def body(reason: str, detail: str = "") -> dict[str, object]:
    """In the shape of Google's APIs; newer ones say more in `details`."""
    entry = {"domain": "global", "reason": reason, "message": "why"}
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail}] if detail else []
    return {"error": {"code": 0, "message": "why", "errors": [entry], "details": details}}


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (400, body("invalid"), ErrorClass.INVALID),
        (400, body("resourceNotReady"), ErrorClass.RETRY),
        (401, body("authError"), ErrorClass.DENIED),
        (403, body("forbidden"), ErrorClass.DENIED),
        (403, body("accessNotConfigured"), ErrorClass.DENIED),
        (403, body("quotaExceeded"), ErrorClass.QUOTA),
        (403, body("rateLimitExceeded"), ErrorClass.RETRY),
        (403, body("userRateLimitExceeded"), ErrorClass.RETRY),
        (403, body("forbidden", "RATE_LIMIT_EXCEEDED"), ErrorClass.RETRY),
        (404, body("notFound"), ErrorClass.INVALID),
        (409, body("alreadyExists"), ErrorClass.CONFLICT),
        (412, body("conditionNotMet"), ErrorClass.RETRY),
        (413, body("uploadTooLarge"), ErrorClass.INVALID),
        (429, body("quotaExceeded"), ErrorClass.RETRY),
        (500, body("internalError"), ErrorClass.RETRY),
        (503, body("backendError"), ErrorClass.RETRY),
        (503, body("backendError", "ZONE_RESOURCE_POOL_EXHAUSTED"), ErrorClass.STOCKOUT),
        (302, None, ErrorClass.RETRY),
        (403, None, ErrorClass.DENIED),
        (404, "a page", ErrorClass.INVALID),
        (502, {"error": "in other words"}, ErrorClass.RETRY),
        (400, {"error": {"errors": "none", "message": None}}, ErrorClass.INVALID),
    ],
)
def test_each_answer_has_its_class(status: int, answer: object, expected: ErrorClass) -> None:
    error = of_answer(status, answer)
    assert error.error_class is expected
    assert str(status) in error.message
