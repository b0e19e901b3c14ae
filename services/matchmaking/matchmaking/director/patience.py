"""How long the director waits for what may never come."""

from msgspec import Struct


class Patience(Struct, frozen=True, kw_only=True):
    """Seconds."""

    abandon: float
    """From a match's making until it is given up if its tickets are not claimed: half of Open Match's
    pendingReleaseTimeout. Later its tickets would be given out again while it still counts on them."""

    attempt: float = 5.0
    """For an attempt whose answer never came; longer than its call may take."""

    forget: float = 60.0
    """From a match's end until its record goes. Longer than an allocation may be under way: it would find no record."""

    advertise: float = 20.0
    """From one backfill of a match until the next: Open Match forgets one after 0.8 of its pendingReleaseTimeout."""
