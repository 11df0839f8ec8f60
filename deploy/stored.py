"""What ClickHouse has of `held`, `events` and `milestones`, as the records that lay there."""

from collections.abc import Iterator
from typing import Any, Final

import orjson
from clickhouse_connect.driver.client import Client

from schemas.crossing import Crossing, Delivery
from schemas.event import RegisteredEvent
from schemas.held import EVERY_REVISION, HeldSubmission, Verdict

_SUBMISSIONS: Final = """
    SELECT
        submission_id, epoch, offset, revision, any(needs) AS needs, toUnixTimestamp64Milli(any(held_at)) AS at_ms,
        arrayMap(pair -> pair.2, arraySort(groupArray((number, payload)))) AS payloads, '' AS gives, '' AS verdict,
        '' AS because
    FROM held_submissions FINAL
    GROUP BY submission_id, revision, version, epoch, offset
    ORDER BY version DESC
    LIMIT 1 BY submission_id, revision
"""
"""Of records that repeat a revision only the first counts: what a later one had more is none of it."""
_VERDICTS: Final = """
    SELECT
        submission_id, epoch, offset, through_revision AS revision, CAST([], 'Array(LowCardinality(String))') AS needs,
        toUnixTimestamp64Milli(given_at) AS at_ms, CAST([], 'Array(String)') AS payloads, gives, verdict, because
    FROM held_verdicts FINAL
"""
_EVENTS: Final = """
    SELECT campaign, event, name, place, country, toString(date), toUnixTimestamp64Milli(registered_at)
    FROM letter_events FINAL
"""
_CROSSINGS: Final = """
    SELECT
        toString(crossing_id), campaign, scope, member, milestone, is_goal, state, ordinal, letters,
        toUnixTimestamp64Milli(as_of), counted_epoch, versions
    FROM milestones FINAL
    ORDER BY as_of, ordinal
"""
_DELIVERIES: Final = (
    "SELECT toString(crossing_id), toUnixTimestamp64Milli(delivered_at) FROM milestone_deliveries FINAL"
)
_CROSSING_NAMES: Final = tuple(Crossing.__annotations__)
_DELIVERY_NAMES: Final = tuple(Delivery.__annotations__)
_EVENT_NAMES: Final = tuple(RegisteredEvent.__annotations__)
_NAMES: Final = ("id", "revision", "needs", "at_ms", "payloads", "gives", "verdict", "because")
_IN_ORDER: Final = f"""
    SELECT toString(submission_id) AS id, {", ".join(_NAMES[1:])}
    FROM (SELECT * FROM ({_SUBMISSIONS}) UNION ALL {_VERDICTS})
    ORDER BY submission_id, epoch, offset
    SETTINGS max_bytes_before_external_sort = 200000000, max_bytes_before_external_group_by = 200000000
"""  # noqa: S608 (our own)
"""What came first of a submission is first again: the first outcome of a revision is final."""


def count_held(client: Client) -> int:
    """Return how many records `held_records` has."""
    rows = client.query(
        "SELECT (SELECT uniqExact(submission_id, revision) FROM held_submissions), "
        "(SELECT count() FROM held_verdicts FINAL)"
    ).result_rows
    return sum(map(int, rows[0]))


def held_records(client: Client) -> Iterator[HeldSubmission | Verdict]:
    """Yield every submission and verdict, those of one submission in the order in which they came."""
    with client.query_row_block_stream(_IN_ORDER) as blocks:
        for block in blocks:
            for row in block:
                yield _record(dict(zip(_NAMES, row, strict=True)))


def _record(row: dict[str, Any]) -> HeldSubmission | Verdict:
    if row["payloads"]:
        return {
            "submission_id": row["id"],
            "needs": list(row["needs"]),
            "reports": [orjson.loads(payload) for payload in row["payloads"]],
            "held_at": row["at_ms"],
        }
    verdict: Verdict = {
        "submission_id": row["id"],
        "gives": row["gives"],
        "verdict": row["verdict"],
        "through_revision": None if row["revision"] == EVERY_REVISION else row["revision"],
        "given_at": row["at_ms"],
    }
    return {**verdict, "because": row["because"]} if row["because"] else verdict


def count_events(client: Client) -> int:
    """Return how many events `stored_events` has."""
    return int(client.query("SELECT count() FROM letter_events FINAL").result_rows[0][0])


def stored_events(client: Client) -> list[RegisteredEvent]:
    """Return every registered event as it stands."""
    return [dict(zip(_EVENT_NAMES, row, strict=True)) for row in client.query(_EVENTS).result_rows]  # type: ignore[misc]  # in its order


def stored_crossings(client: Client) -> list[Crossing]:
    """Return every crossing of a milestone that was told, in the order of what it was told of."""
    return [dict(zip(_CROSSING_NAMES, row, strict=True)) for row in client.query(_CROSSINGS).result_rows]  # type: ignore[misc]  # in its order


def stored_deliveries(client: Client) -> list[Delivery]:
    """Return which crossings the webhook's receiver has taken."""
    return [dict(zip(_DELIVERY_NAMES, row, strict=True)) for row in client.query(_DELIVERIES).result_rows]  # type: ignore[misc]  # in its order


def stored_milestones(client: Client) -> list[Crossing | Delivery]:
    """Return both, deliveries first: what has been delivered is known before there is anything to deliver."""
    return [*stored_deliveries(client), *stored_crossings(client)]


def count_milestones(client: Client) -> int:
    """Return how many records `stored_milestones` has."""
    counts = "SELECT (SELECT count() FROM milestones FINAL) + (SELECT count() FROM milestone_deliveries FINAL)"
    return int(client.query(counts).result_rows[0][0])
