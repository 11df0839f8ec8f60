"""What was refused and is so still, as ClickHouse has it, and what of it is on its way to be counted already."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import orjson
from clickhouse_connect.driver.client import Client

from schemas.rejection import Reason, Rejection

_REFUSED: Final = """
    SELECT origin, reason, field, detail, value, toUnixTimestamp64Milli(rejected_at)
    FROM rejected FINAL
    WHERE retried_at IS NULL
        AND (empty({origins:Array(String)}) OR origin IN {origins:Array(String)})
        AND ({reason:String} = '' OR reason = {reason:String})
        AND ({source:String} = '' OR JSONExtractString(ifNull(value, ''), 'source') = {source:String})
        AND ({campaign:String} = '' OR said_campaign = {campaign:String}
            OR (said_campaign = '' AND JSONExtractString(ifNull(value, ''), 'source') IN {sources:Array(String)}))
        AND rejected_at >= fromUnixTimestamp64Milli({since:Int64})
    ORDER BY rejected_at DESC
    LIMIT {most:UInt32}
"""
_CAMPAIGN: Final = (
    "WITH if(JSONHas(ifNull(value, ''), 'draft'), JSONExtractString(ifNull(value, ''), 'draft', 'campaign'), "
    "JSONExtractString(ifNull(value, ''), 'campaign')) AS said_campaign"
)
_COUNTED: Final = """
    SELECT toString(report_id), revision FROM letter_reports FINAL WHERE report_id IN {ids:Array(UUID)}
    UNION ALL
    SELECT toString(report_id), revision FROM held_submissions FINAL WHERE report_id IN {ids:Array(UUID)}
"""
_HELD: Final = """
    SELECT toString(submission_id), revision, groupArray(toString(report_id)) FROM held_submissions FINAL
    WHERE submission_id IN {ids:Array(UUID)} GROUP BY submission_id, revision
"""


class Wanted(NamedTuple):
    """Which of the refusals: those that fit everything that is said."""

    origins: tuple[str, ...] = ()
    reason: str | None = None
    source: str | None = None
    campaign: str | None = None
    since: datetime | None = None
    """In UTC where it has no offset."""
    most: int = 10_000


def find_refusals(client: Client, wanted: Wanted, sources: Collection[str]) -> list[Rejection]:
    """Return the newest first; `sources` are those of the wanted campaign, where a delivery names none."""
    since = wanted.since or datetime.fromtimestamp(0, UTC)
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    parameters = {
        "origins": list(wanted.origins),
        "reason": wanted.reason or "",
        "source": wanted.source or "",
        "campaign": wanted.campaign or "",
        "sources": list(sources),
        "since": int(since.timestamp() * 1000),
        "most": wanted.most,
    }
    rows = client.query(_CAMPAIGN + _REFUSED, parameters=parameters).result_rows
    return [_rejection(row) for row in rows]


def _rejection(row: Any) -> Rejection:  # noqa: ANN401 (a row)
    origin, reason, field, detail, value, rejected_at = row
    said: Reason = reason
    return {
        "origin": origin,
        "reason": said,
        "field": field,
        "detail": detail,
        "value": value,
        "rejected_at": rejected_at,
    }


def value_of(rejection: Rejection) -> dict[str, Any]:
    """Return what was kept; nothing where that is no object."""
    try:
        value = orjson.loads(rejection["value"] or "")
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def newest_revisions(client: Client, report_ids: Iterable[str]) -> dict[str, int]:
    """Return the highest revision of each of the reports that count or were held."""
    found: dict[str, int] = {}
    for report_id, revision in client.query(_COUNTED, parameters={"ids": list(report_ids)}).result_rows:
        found[report_id] = max(revision, found.get(report_id, 0))
    return found


def held_reports(client: Client, submission_ids: Iterable[str]) -> dict[tuple[str, int], set[str]]:
    """Return the reports that were held of submissions, by submission and revision, whatever became of them."""
    rows = client.query(_HELD, parameters={"ids": list(submission_ids)}).result_rows
    return {(submission_id, revision): set(reports) for submission_id, revision, reports in rows}
