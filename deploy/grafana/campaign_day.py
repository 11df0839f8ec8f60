"""Campaign day: how far it has come, minute by minute, from the totals that the count workers told last."""

from typing import Final

from deploy.grafana.panels import Json, bars, campaign_variable, curve, dashboard, number, table

_LETTERS: Final = """SELECT letters
FROM current_tallies
WHERE campaign = ${campaign:sqlstring} AND scope = 'world'"""
_REPORTS: Final = """SELECT reports
FROM current_tallies
WHERE campaign = ${campaign:sqlstring} AND scope = 'world'"""
_SHARE: Final = """SELECT letters / nullIf(goal, 0) AS share
FROM current_tallies
INNER JOIN campaigns USING (campaign)
WHERE campaign = ${campaign:sqlstring} AND scope = 'world'"""
_AS_OF: Final = """SELECT toUnixTimestamp64Milli(as_of) AS as_of
FROM current_tallies
WHERE campaign = ${campaign:sqlstring} AND scope = 'world'"""
_MINUTES: Final = """SELECT minute AS time, letters
FROM minutes
WHERE campaign = ${campaign:sqlstring} AND scope = 'world' AND $__timeFilter(minute)
ORDER BY time"""
_CASES: Final = """SELECT if(name = '', member, name) AS name, letters, goal
FROM (SELECT * FROM current_tallies WHERE campaign = ${campaign:sqlstring} AND scope = 'case') AS told
LEFT JOIN campaign_cases ON campaign_cases.campaign = told.campaign AND campaign_cases.`case` = member
ORDER BY letters DESC, name"""
_COUNTRIES: Final = """SELECT member AS country, letters, reports
FROM current_tallies
WHERE campaign = ${campaign:sqlstring} AND scope = 'country'
ORDER BY letters DESC, country"""
_EVENTS: Final = """SELECT if(name = '', member, name) AS event, place, letters, reports
FROM (SELECT * FROM current_tallies WHERE campaign = ${campaign:sqlstring} AND scope = 'event') AS told
LEFT JOIN letter_events ON letter_events.campaign = told.campaign AND letter_events.event = member
ORDER BY letters DESC, event"""
_MILESTONES: Final = """SELECT argMax(as_of, ordinal) AS time, scope, member, milestone, argMax(state, ordinal) AS state
FROM milestones
WHERE campaign = ${campaign:sqlstring}
GROUP BY scope, member, milestone
ORDER BY time DESC, scope, member, milestone"""


def campaign_day() -> Json:
    """Return the dashboard."""
    return dashboard(
        "letter-tally-day",
        "Campaign day",
        about="Totals of the newest complete epoch; minutes are those of arrival at a collector.",
        panels=[
            number("Letters", _LETTERS),
            number("Reports", _REPORTS),
            number("Of the goal", _SHARE, "percentunit"),
            number("As of", _AS_OF, "dateTimeAsIso"),
            curve("Letters by minute of arrival", _MINUTES),
            bars("Cases", _CASES, "name"),
            table("Countries", _COUNTRIES),
            table("Events", _EVENTS),
            table("Milestones", _MILESTONES),
        ],
        variables=[campaign_variable()],
        seen={"time": {"from": "now-24h", "to": "now"}, "refresh": "30s"},
    )
