"""Campaigns as the catalogue last described them to ClickHouse, and their seasons."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client

_CAMPAIGN: Final = """
    SELECT time_zone, toUnixTimestamp(opens), year FROM campaigns FINAL WHERE campaign = {campaign:String}
"""
_SEASONS: Final = """
    SELECT campaign, campaign_day, letters, letters_so_far, toUnixTimestamp64Milli(as_of)
    FROM seasons
    WHERE campaign IN (
        SELECT campaign FROM campaigns FINAL WHERE year < {year:UInt16} ORDER BY year DESC, campaign LIMIT {most:UInt8}
    )
    ORDER BY year DESC, campaign, campaign_day
"""


class Described(NamedTuple):
    """What a campaign is; of one that was never described nothing is known, and its days are those of UTC."""

    zone: str = "UTC"
    opens: datetime | None = None
    year: int = 0


class SeasonDay(NamedTuple):
    """A day of a season that was; `campaign_day` counts from 1."""

    campaign: str
    campaign_day: int
    letters: int
    letters_so_far: int
    as_of: datetime


def describe(client: Client, campaign: str) -> Described:
    """Return what the catalogue last said of a campaign."""
    rows = client.query(_CAMPAIGN, parameters={"campaign": campaign}).result_rows
    if not rows:
        return Described()
    zone, opens, year = rows[0]
    return Described(zone, datetime.fromtimestamp(opens, UTC), year)


def earlier_seasons(client: Client, year: int, most: int) -> Sequence[SeasonDay]:
    """Return the days of the seasons before a year, the newest season first; no more seasons than so many."""
    rows = client.query(_SEASONS, parameters={"year": year, "most": most}).result_rows
    return [
        SeasonDay(campaign, day, letters, so_far, datetime.fromtimestamp(as_of / 1000, UTC))
        for campaign, day, letters, so_far, as_of in rows
    ]
