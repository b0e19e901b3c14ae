"""Simulated seconds as a time of the calendar, for what is written into a status."""

from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def time_at(seconds: float) -> datetime:
    return BEGINNING + timedelta(seconds=seconds)
