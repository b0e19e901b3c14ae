"""Times as Kubernetes writes them."""

from datetime import UTC, datetime


def to_seconds(time: datetime) -> str:
    """metav1.Time: RFC 3339 in whole seconds."""
    return _zulu(time, "seconds")


def to_microseconds(time: datetime) -> str:
    """metav1.MicroTime, of Leases and Events: the API server refuses any other number of digits there."""
    return _zulu(time, "microseconds")


def parse(text: str) -> datetime:
    """Either of the two. Raises ValueError for what is no time, or one without its zone."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return time.astimezone(UTC)


def _zulu(time: datetime, timespec: str) -> str:
    return time.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
