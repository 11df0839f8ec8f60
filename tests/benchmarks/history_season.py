"""Years of reports, made by the engine itself: skewed as the world is, in order of arrival, the same each time."""

from collections.abc import Iterator
from typing import Final

from schemas.catalogue import Campaign, Catalogue
from tests.sinks.clickhouse.history import campaign_of

SHARES: Final = {2023: 0.05, 2024: 0.1, 2025: 0.15, 2026: 0.7}
"""Of all reports, by the year of their campaign."""
CATALOGUE: Final = Catalogue(campaigns={f"w4r-{year}": campaign_of(year) for year in SHARES})
_AT_ONCE: Final = 250_000
_COUNTRIES: Final = "FRDEUSGBPLESITNLBESECHNOATCADKAUINBRMXNGKEZAJPKRTWPHTRGRPTCZHUROIEFIISNZARCLPECOUAGELVLTEESKSI"

# By place in the season u: 35 % before 10 December, ever more of them; 35 % on it; 17 % until the end; 13 % late.
_ARRIVAL: Final = """multiIf(
    u < 0.35, opens + (day - opens) * sqrt(u / 0.35),
    u < 0.7, day + 86400 * (u - 0.35) / 0.35,
    u < 0.87, day + 86400 + (closes - day - 86400) * pow((u - 0.7) / 0.17, 2),
    closes + (late - closes) * pow((u - 0.87) / 0.13, 1.5))"""

# A row in 24 corrects or takes back an earlier report. A submission has one to three reports of one person, who in one
# case of five has written before.
_ROWS: Final = """
INSERT INTO letter_reports
    (report_id, revision, withdrawn, participant, campaign, `case`, event, country, channel, source, kind, letters,
     written_at, received_at, epoch, partition, offset, version)
WITH
    {opens} AS opens, {day} AS day, {closes} AS closes, {late} AS late, {size} AS size,
    sipHash64(n, 'fate') % 1000 AS fate,
    fate < 42 AND n > 0 AS is_revision,
    if(is_revision, sipHash64(n, 'of') % greatest(n, 1), n) AS m,
    intDiv(m, 6) * 3 + [0, 1, 1, 2, 2, 2][1 + m % 6] AS submission,
    (one, name) -> sipHash64(one, name, '{campaign}') / 18446744073709551616. AS draw,
    n / size AS u,
    toInt64(1000 * ({arrival})) + n % 1000 AS received,
    received - toInt64(259200000 * pow(draw(submission, 'ago'), 3)) AS claimed,
    if(draw(submission, 'again') < 0.2, toUInt64(submission * draw(submission, 'who')), submission) AS person
SELECT
    reinterpretAsUUID(sipHash128(m, '{campaign}')) AS report_id,
    if(is_revision, received, 0) AS revision,
    is_revision AND fate < 2 AS withdrawn,
    if(draw(person, 'known') < 0.1, NULL, reinterpretAsUUID(sipHash128(person, 'person', '{campaign}'))) AS participant,
    '{campaign}' AS campaign,
    concat('case-', toString(toUInt8(12 * pow(draw(m, 'case'), 1.7)))) AS `case`,
    if(draw(submission, 'event') < 0.7, 'none',
        concat('event-', toString(toUInt16(2000 * pow(draw(submission, 'which'), 2.5))))) AS event,
    substring('{countries}', 1 + 2 * toUInt8({count} * pow(draw(submission, 'country'), 2)), 2) AS country,
    ['form', 'action-network', 'sheet', 'typeform', 'proca', 'reports']
        [1 + toUInt8(6 * pow(draw(submission, 'way'), 2))] AS channel,
    concat(channel, '-', toString(toUInt8(5 * pow(draw(submission, 'source'), 2)))) AS source,
    ['letter', 'card', 'email', 'post', 'signature'][1 + toUInt8(5 * pow(draw(submission, 'kind'), 3))] AS kind,
    1 + toUInt32(8 * pow(draw(n, 'letters'), 4)) AS letters,
    if(draw(submission, 'when') < 0.05, NULL, fromUnixTimestamp64Milli(60000 * intDiv(claimed, 60000))) AS written_at,
    fromUnixTimestamp64Milli(received) AS received_at,
    1 AS epoch,
    sipHash64(m, '{campaign}') % 8 AS partition,
    {before} + intDiv(n, 8) AS offset,
    bitShiftLeft(toUInt128(revision), 64) + toUInt128(562949953421311 - offset) AS version
FROM (SELECT {start} + number AS n FROM system.numbers LIMIT {rows})
"""


def history_inserts(size: int) -> Iterator[tuple[str, int]]:
    """Yield statements that insert so many rows in all, season by season, each with the number of its rows."""
    before = 0
    for (year, share), campaign in zip(SHARES.items(), CATALOGUE.campaigns.values(), strict=True):
        of_season = round(size * share)
        for start in range(0, of_season, _AT_ONCE):
            rows = min(_AT_ONCE, of_season - start)
            yield _statement(campaign, year, of_season, start, rows=rows, before=before), rows
        before += of_season // 8 + 1


def _statement(campaign: Campaign, year: int, size: int, start: int, *, rows: int, before: int) -> str:
    moments = {
        name: int(campaign.at(moment).timestamp())
        for name, moment in (
            ("opens", campaign.opens),
            ("day", campaign.opens.replace(year=year, month=12, day=10)),
            ("closes", campaign.closes),
            ("late", campaign.late_until),
        )
    }
    return _ROWS.format(
        **moments,
        size=size,
        start=start,
        rows=rows,
        before=before,
        campaign=campaign.campaign,
        arrival=_ARRIVAL,
        countries=_COUNTRIES,
        count=len(_COUNTRIES) // 2,
    )
