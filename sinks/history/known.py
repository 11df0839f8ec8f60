"""What ClickHouse knows of the campaigns, and of when its sums are. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from sinks.history.figures import in_utc

CAMPAIGNS: Final = """
SELECT campaign, title, time_zone, opens FROM campaigns FINAL ORDER BY opens DESC, campaign
"""
CASES: Final = "SELECT campaign, `case`, name FROM campaign_cases FINAL ORDER BY campaign, `case`"
SUMMED: Final = "SELECT campaign, max(as_of) AS as_of FROM letter_sums GROUP BY campaign ORDER BY campaign"
_DAY: Final = timedelta(days=1)


class Described(NamedTuple):
    """A campaign; one that the catalogue has lost has its id for a title, and no beginning."""

    name: str
    title: str
    zone: str
    opens: datetime | None
    cases: Mapping[str, str]

    def day_of(self, moment: datetime) -> int | None:
        """Return the campaign's day, from 1."""
        return (moment - self.opens) // _DAY + 1 if self.opens else None


class Known(NamedTuple):
    """The campaigns, the newest first, and when the sums were made; None where nothing was ever summed."""

    campaigns: Mapping[str, Described]
    as_of: datetime | None


def known_of(
    campaigns: Sequence[Sequence[Any]], cases: Sequence[Sequence[Any]], summed: Sequence[Sequence[Any]]
) -> Known:
    """Return what three queries have told."""
    names: dict[str, dict[str, str]] = {}
    for campaign, case, name in cases:
        names.setdefault(campaign, {})[case] = name
    found = {
        name: Described(name, title, zone, opens.replace(tzinfo=UTC), names.get(name, {}))
        for name, title, zone, opens in campaigns
    }
    found |= {name: Described(name, name, "UTC", None, {}) for name, _ in summed if name not in found}
    return Known(found, max((in_utc(moment) for _, moment in summed), default=None))
