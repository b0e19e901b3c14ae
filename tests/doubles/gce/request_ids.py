"""What is remembered of request ids: a request with a known one is not carried out, but answered as the first was.

So says the reference of `requestId`. Not known, and so chosen here: the answer to an id that comes with another request
(400), and that ids are remembered for ever. A refused request is not remembered, for nothing was begun.
"""

import json
import uuid
from collections.abc import Callable

from tests.doubles.gce.api_error import invalid
from tests.doubles.gce.operation import Operation


class RequestIds:
    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Operation]] = {}

    def forget(self) -> None:
        """As GCE does some time: for how long it remembers is nowhere stated."""
        self._known.clear()

    def once(self, request_id: str, request: object, act: Callable[[], Operation]) -> Operation:
        """Act, or remember. Raises ApiError."""
        if not request_id:
            return act()
        _check(request_id)
        text = json.dumps(request, sort_keys=True)
        if request_id not in self._known:
            self._known[request_id] = text, act()
        known, operation = self._known[request_id]
        if known != text:
            raise invalid("requestId", request_id, "It was used for another request.")
        return operation


def _check(request_id: str) -> None:
    """A UUID, and not the zero one (reference of requestId). The text of the refusal is not known."""
    try:
        usable = uuid.UUID(request_id).int != 0
    except ValueError:
        usable = False
    if not usable:
        raise invalid("requestId", request_id, "Must be a valid UUID.")
