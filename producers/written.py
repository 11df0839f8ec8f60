"""When letters can have been written: one rule, whatever way they are reported. Pure."""

from datetime import datetime, timedelta
from typing import Final

from schemas.catalogue import Campaign

CLOCKS_DIFFER_BY: Final = timedelta(days=1)
"""A writer east of the collector may truthfully name a day that has not begun here."""
_WRITTEN_EARLY: Final = timedelta(days=366)
"""Some write before a campaign opens; a year before is a mistyped year."""


def expected_of(written_at: datetime | None, campaign: Campaign, now: datetime) -> str | None:
    """Return what was expected instead of a moment that can't be meant; None where it can, or none is said."""
    if written_at is None:
        return None
    earliest = campaign.at(campaign.opens) - _WRITTEN_EARLY
    if earliest <= campaign.at(written_at) <= now + CLOCKS_DIFFER_BY:
        return None
    return f"expected a day from {earliest.date()} on that is not in the future"
