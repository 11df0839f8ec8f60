"""The campaign catalogue -> columns of ClickHouse's tables. Pure."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from schemas.catalogue import Campaign

Columns = dict[str, list[Any]]


def campaign_columns(campaigns: Iterable[Campaign], now: datetime) -> Columns:
    """Return the rows of `campaigns` as columns: moments in UTC, Human Rights Day as it is in the campaign's zone."""
    rows = [
        {
            "campaign": campaign.campaign,
            "title": campaign.title,
            "year": campaign.day.year,
            "time_zone": campaign.time_zone,
            "opens": campaign.at(campaign.opens),
            "day_begins": campaign.at(datetime.combine(campaign.day, time.min)),
            "day_ends": campaign.at(datetime.combine(campaign.day + timedelta(days=1), time.min)),
            "closes": campaign.at(campaign.closes),
            "late_until": campaign.at(campaign.late_until),
            "goal": campaign.goal,
            "stored_at": now,
        }
        for campaign in campaigns
    ]
    return _columns(rows)


def case_columns(campaigns: Iterable[Campaign], now: datetime) -> Columns:
    """Return the rows of `campaign_cases` as columns."""
    rows = [
        {
            "campaign": campaign.campaign,
            "case": case.case,
            "name": case.name,
            "country": case.country,
            "goal": case.goal or 0,
            "stored_at": now,
        }
        for campaign in campaigns
        for case in campaign.cases
    ]
    return _columns(rows)


def _columns(rows: list[dict[str, Any]]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
