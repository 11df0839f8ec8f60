"""What was refused and is so still, as ClickHouse has it, and what of it is on its way to be counted already."""

from collections.abc import Collection, Iterable, Iterator, Sequence
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
        AND ({is_bounded:Bool} = false OR rejected_at < fromUnixTimestamp64Milli({before:Int64}))
    ORDER BY rejected_at DESC
    LIMIT {most:UInt32}
"""
_AT_ONCE: Final = 5_000
_MOST_IDS: Final = 1_000
"""In one query: they are a part of its address, which ClickHouse takes up to a length."""
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
    before: int | None = None
    """Epoch milliseconds."""


def find_refusals(client: Client, wanted: Wanted, sources: Collection[str]) -> list[Rejection]:
    """Return the newest first; `sources` are those of the wanted campaign, where a delivery names none."""
    return _found(client, wanted, sources, _CAMPAIGN + _REFUSED)


def pages_of_refusals(
    client: Client, wanted: Wanted, sources: Collection[str], at_once: int = _AT_ONCE
) -> Iterator[list[Rejection]]:
    """Yield all that are refused by now, the newest first, page by page, whatever is noted of a page meanwhile.

    Those of one moment share a page, so that the parts of one submission are judged together.
    """
    for origins in _slices(wanted.origins) if wanted.origins else [()]:
        page = wanted._replace(origins=tuple(origins), most=at_once)
        while found := _found(client, page, sources, f"{_CAMPAIGN}{_REFUSED} WITH TIES"):
            yield found
            page = page._replace(before=found[-1]["rejected_at"])


def _found(client: Client, wanted: Wanted, sources: Collection[str], query: str) -> list[Rejection]:
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
        "is_bounded": wanted.before is not None,
        "before": wanted.before or 0,
    }
    return [_rejection(row) for row in client.query(query, parameters=parameters).result_rows]


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
    for ids in _slices(report_ids):
        for report_id, revision in client.query(_COUNTED, parameters={"ids": ids}).result_rows:
            found[report_id] = max(revision, found.get(report_id, 0))
    return found


def held_reports(client: Client, submission_ids: Iterable[str]) -> dict[tuple[str, int], set[str]]:
    """Return the reports that were held of submissions, by submission and revision, whatever became of them."""
    found: dict[tuple[str, int], set[str]] = {}
    for ids in _slices(submission_ids):
        rows = client.query(_HELD, parameters={"ids": ids}).result_rows
        found |= {(submission_id, revision): set(reports) for submission_id, revision, reports in rows}
    return found


def _slices(ids: Iterable[str]) -> Iterator[Sequence[str]]:
    once = list(dict.fromkeys(ids))
    return (once[start : start + _MOST_IDS] for start in range(0, len(once), _MOST_IDS))
