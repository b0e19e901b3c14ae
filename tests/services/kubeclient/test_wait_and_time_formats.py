"""Waits that grow, and times as Kubernetes writes them."""

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubeclient import timestamp
from kubeclient.backoff import Backoff


@given(st.integers(0, 2000), st.integers())
def test_a_wait_is_half_to_all_of_a_doubling_that_is_capped(failures: int, seed: int) -> None:
    backoff = Backoff(first=0.5, cap=20, draw=random.Random(seed), failures=failures)
    whole = min(20, 0.5 * 2 ** min(failures, 64))
    assert whole / 2 <= backoff.next() <= whole


def test_success_makes_the_next_failure_a_first_one() -> None:
    backoff = Backoff(first=1, cap=100)
    waits = [backoff.next() for _ in range(5)]
    assert waits[-1] > 2 * waits[0]
    backoff.reset()
    assert backoff.next() <= 1


def test_those_whom_one_outage_hit_come_back_apart() -> None:
    assert len({Backoff(first=10).next() for _ in range(50)}) > 40


@given(st.datetimes(min_value=datetime(2, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=9))])))
def test_what_is_written_is_read_back(time: datetime) -> None:
    assert timestamp.parse(timestamp.to_microseconds(time)) == time
    assert timestamp.parse(timestamp.to_seconds(time)) == time.replace(microsecond=0)


def test_microseconds_have_six_digits_always() -> None:
    assert timestamp.to_microseconds(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.000000Z"
    assert timestamp.to_seconds(datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC)) == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-02T03:04:05"])
def test_what_is_no_time_or_has_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        timestamp.parse(text)
