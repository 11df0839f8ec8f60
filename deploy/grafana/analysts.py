"""Analysts: a campaign beside the one before, and how its letters spread, from sums that are made anew each minute."""

from typing import Final

from deploy.grafana.panels import Json, bars, campaign_variable, curve, dashboard, number, table, zone_variable

_LETTERS: Final = """SELECT sum(letters) AS letters
FROM periods
WHERE campaign = ${campaign:sqlstring}"""
_REPORTS: Final = """SELECT sum(reports) AS reports
FROM periods
WHERE campaign = ${campaign:sqlstring}"""
_PARTICIPANTS: Final = """SELECT uniqExact(participant) AS participants
FROM letters
WHERE campaign = ${campaign:sqlstring}"""
_AS_OF: Final = """SELECT toUnixTimestamp64Milli(max(as_of)) AS as_of
FROM periods
WHERE campaign = ${campaign:sqlstring}"""
_SEASONS: Final = """WITH (SELECT any(year) FROM campaigns WHERE campaign = ${campaign:sqlstring}) AS of_it
SELECT
    campaign_day,
    sum(sumIf(letters, campaign = ${campaign:sqlstring})) OVER (ORDER BY campaign_day) AS this_campaign,
    sum(sumIf(letters, year = of_it - 1)) OVER (ORDER BY campaign_day) AS a_year_earlier
FROM seasons
WHERE campaign = ${campaign:sqlstring} OR year = of_it - 1
GROUP BY campaign_day
ORDER BY campaign_day"""
_PERIODS: Final = """SELECT period, sum(letters) AS letters
FROM periods
WHERE campaign = ${campaign:sqlstring}
GROUP BY period
ORDER BY indexOf(['early', 'on the day', 'after', 'late', 'unknown'], period)"""
_DAYS: Final = """SELECT toString(toDate(quarter, ${zone:sqlstring})) AS day, sum(letters) AS letters
FROM received_quarters
WHERE campaign = ${campaign:sqlstring}
GROUP BY day
ORDER BY day"""
_HOURS: Final = """SELECT
    ifNull(formatDateTime(quarter, '%H', ${zone:sqlstring}), 'not said') AS hour,
    sum(letters) AS letters
FROM written_quarters
WHERE campaign = ${campaign:sqlstring}
GROUP BY hour
ORDER BY hour"""
_COUNTRIES_AND_CASES: Final = """SELECT country, `case`, sum(letters) AS letters
FROM periods
WHERE campaign = ${campaign:sqlstring}
GROUP BY country, `case`
ORDER BY country, `case`"""
_SOURCES: Final = """SELECT channel, source, kind, sum(letters) AS letters, count() AS reports
FROM letters
WHERE campaign = ${campaign:sqlstring}
GROUP BY channel, source, kind
ORDER BY letters DESC, channel, source, kind"""


def analysts() -> Json:
    """Return the dashboard."""
    return dashboard(
        "letter-tally-analysts",
        "Analysts",
        about="Reports that count, as they stand: corrections and withdrawals have replaced what they took back.",
        panels=[
            number("Letters", _LETTERS),
            number("Reports", _REPORTS),
            number("Known participants", _PARTICIPANTS),
            number("As of", _AS_OF, "dateTimeAsIso"),
            curve("Letters by day of the campaign, and a year earlier", _SEASONS, "campaign_day"),
            bars("Early, on the day, after, late", _PERIODS, "period"),
            bars("Letters by day of arrival", _DAYS, "day"),
            bars("When people write: letters by hour of the day", _HOURS, "hour"),
            table("Countries and cases", _COUNTRIES_AND_CASES, matrix=("country", "case", "letters")),
            table("Channels and sources", _SOURCES),
        ],
        variables=[campaign_variable(), zone_variable()],
        seen={"time": {"from": "now-90d", "to": "now"}, "refresh": "5m"},
    )
