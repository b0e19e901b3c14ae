"""Which tickets and backfills a Pool is made of: all filters must let them in."""

from typing import Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from matchmaking.openmatch.messages_pb2 import DoubleRangeFilter, Pool, SearchFields

WITHOUT_MIN = (DoubleRangeFilter.MIN, DoubleRangeFilter.BOTH)
WITHOUT_MAX = (DoubleRangeFilter.MAX, DoubleRangeFilter.BOTH)


class Entity(Protocol):
    """A Ticket or a Backfill."""

    @property
    def search_fields(self) -> SearchFields:
        """What is filtered by."""

    @property
    def create_time(self) -> Timestamp:
        """Given by the core."""


def contains(pool: Pool, entity: Entity) -> bool:
    """Whether it is of the pool."""
    fields = entity.search_fields
    return (
        _in_time(pool, entity.create_time)
        and all(_in_range(each, fields) for each in pool.double_range_filters)
        and all(
            each.string_arg in fields.string_args and fields.string_args[each.string_arg] == each.value
            for each in pool.string_equals_filters
        )
        and all(each.tag in fields.tags for each in pool.tag_present_filters)
    )


def _in_time(pool: Pool, created: Timestamp) -> bool:
    """Strictly between the two."""
    at = created.ToNanoseconds()
    if pool.HasField("created_after") and at <= pool.created_after.ToNanoseconds():
        return False
    return not pool.HasField("created_before") or at < pool.created_before.ToNanoseconds()


def _in_range(wanted: DoubleRangeFilter, fields: SearchFields) -> bool:
    """No comparison holds with a NaN, so it is in no range."""
    if wanted.double_arg not in fields.double_args:
        return False
    value = fields.double_args[wanted.double_arg]
    above = value > wanted.min if wanted.exclude in WITHOUT_MIN else value >= wanted.min
    below = value < wanted.max if wanted.exclude in WITHOUT_MAX else value <= wanted.max
    return above and below
