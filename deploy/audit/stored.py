"""What was given out of a campaign, and what else an audit asks ClickHouse for."""

from collections.abc import Iterator
from typing import Final

from clickhouse_connect.driver.client import Client

from deploy.audit.causes import Released, Season
from deploy.audit.history import Asked
from deploy.audit.rows import Row
from deploy.audit.verdict import Publication
from sinks.clickhouse.truth import Place

_PUBLICATIONS: Final = """
    SELECT
        toString(publication_id), toUnixTimestamp64Milli(as_of), definition, epoch, positions,
        toUnixTimestamp64Milli(received_from), toUnixTimestamp64Milli(received_until)
    FROM publications FINAL WHERE campaign = {campaign:String} ORDER BY as_of, publication_id
"""
_FIGURES: Final = """
    SELECT toString(publication_id), scope, member, letters, reports FROM publication_figures FINAL
    WHERE publication_id IN (SELECT publication_id FROM publications WHERE campaign = {campaign:String})
    ORDER BY scope, member
"""
_CLOSES: Final = "SELECT toUnixTimestamp(closes) * 1000 FROM campaigns FINAL WHERE campaign = {campaign:String}"
_RELEASED: Final = """
    SELECT report_id, revision, toUnixTimestamp64Milli(max(first))
    FROM
    (
        SELECT report_id, revision, gives, min(given_at) AS first
        FROM held_submissions FINAL
        INNER JOIN
        (
            SELECT submission_id, gives, through_revision, given_at FROM held_verdicts FINAL WHERE verdict = 'release'
        ) AS given USING (submission_id)
        WHERE campaign = {campaign:String} AND through_revision >= revision AND report_id IN
            (SELECT report_id FROM letter_reports WHERE epoch = {epoch:UInt32} AND partition = {partition:UInt16})
        GROUP BY report_id, revision, gives
    )
    GROUP BY report_id, revision
"""
_ROWS: Final = """
    SELECT
        report_id, epoch, offset, revision, if(withdrawn, 0, letters),
        campaign, `case`, event, country, channel, kind
    FROM letter_reports FINAL WHERE partition = {partition:UInt16}
"""


def publications_of(client: Client, campaign: str) -> list[Publication]:
    """Return every publication of a campaign, the first one first."""
    asked = {"campaign": campaign}
    found = {}
    for publication_id, as_of, definition, epoch, positions, *period in client.query(_PUBLICATIONS, asked).result_rows:
        letters = Asked(campaign, *period)
        found[publication_id] = Publication(publication_id, as_of, definition, epoch, list(positions), letters, {})
    for publication_id, scope, member, letters, reports in client.query(_FIGURES, asked).result_rows:
        found[publication_id].figures[scope, member] = (letters, reports)
    return list(found.values())


def season_of(client: Client, campaign: str) -> Season:
    """Return when the campaign closes, as the catalogue last said."""
    rows = client.query(_CLOSES, {"campaign": campaign}).result_rows
    return Season(Asked(campaign), int(rows[0][0]) if rows else None)


def released_of(client: Client, season: Season, epoch: int, partition: int) -> Released:
    """Return what was held and released of the reports of one partition."""
    asked = {"campaign": season.asked.campaign, "epoch": epoch, "partition": partition}
    rows = client.query(_RELEASED, asked).result_rows
    return {(report_id.bytes, revision): released_at for report_id, revision, released_at in rows}


def rows_of(client: Client, partition: int) -> Iterator[Row]:
    """Yield the standing rows of one partition, a block of them in memory at a time."""
    with client.query_row_block_stream(_ROWS, {"partition": partition}) as blocks:
        for block in blocks:
            for report_id, epoch, offset, revision, letters, *place in block:
                yield Row(report_id.bytes, epoch, offset, revision, letters, Place(*place))
