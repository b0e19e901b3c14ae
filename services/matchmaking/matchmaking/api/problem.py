"""Errors as RFC 9457 tells them. `type` is stable: what a client may branch on."""

from litestar.plugins.problem_details import ProblemDetailsException

BASE = "https://homeground.dev/problems/"


def problem(status: int, name: str, title: str, detail: str = "", **more: object) -> ProblemDetailsException:
    """One to raise."""
    return ProblemDetailsException(
        status_code=status,
        type_=BASE + name,
        title=title,
        detail=detail or title,
        extra=more or None,
    )


def unauthorized() -> ProblemDetailsException:
    """Why is not told: it would help a forger."""
    made = problem(401, "unauthorized", "Who you are is not proven", "send Authorization: Bearer <token>")
    made.headers = {"WWW-Authenticate": "Bearer"}
    return made


def no_ticket() -> ProblemDetailsException:
    """The same whether there is none or it is somebody else's."""
    return problem(404, "no-ticket", "There is no such ticket", "it is over, or none of yours: make a new one")
