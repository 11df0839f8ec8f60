"""What charts and analysts ask, and how long each may take."""

from typing import Final, NamedTuple

CHART_MS: Final = 50
GROUP_BY_MS: Final = 200
DISTINCT_MS: Final = 1_000


class Question(NamedTuple):
    """A query, and its goal in milliseconds at 10 million reports."""

    name: str
    goal_ms: int
    query: str


def _chart(name: str, query: str) -> Question:
    return Question(f"chart: {name}", CHART_MS, query)


def _group_by(name: str, columns: str, where: str = "campaign = 'w4r-2026'") -> Question:
    query = f"SELECT {columns}, sum(letters), count() FROM letters WHERE {where} GROUP BY ALL ORDER BY ALL"  # noqa: S608 (ours)
    return Question(f"group by: {name}", GROUP_BY_MS, query)


def _distinct(name: str, query: str) -> Question:
    return Question(f"distinct: {name}", DISTINCT_MS, query)


QUESTIONS: Final = (
    _chart("seasons, day by day", "SELECT * FROM seasons ORDER BY year, campaign_day"),
    _chart(
        "country x case",
        "SELECT country, `case`, sum(letters) FROM periods WHERE campaign = 'w4r-2026' GROUP BY ALL",
    ),
    _chart(
        "when people write, by hour of a zone",
        "SELECT toHour(quarter, 'Asia/Kathmandu') AS hour, sum(letters) FROM written_quarters "
        "WHERE campaign = 'w4r-2026' AND quarter IS NOT NULL GROUP BY hour ORDER BY hour",
    ),
    _chart(
        "late share, year by year",
        "SELECT campaign, sumIf(letters, period = 'late') / sum(letters) FROM periods GROUP BY campaign",
    ),
    _chart(
        "channels",
        "SELECT channel, sum(letters), sum(reports) FROM periods WHERE campaign = 'w4r-2026' GROUP BY channel",
    ),
    _chart(
        "days of a zone",
        "SELECT toDate(quarter, 'America/Lima') AS day, sum(letters) FROM received_quarters "
        "WHERE campaign = 'w4r-2026' GROUP BY day ORDER BY day",
    ),
    _group_by("case", "`case`"),
    _group_by("country x case", "country, `case`"),
    _group_by("channel", "channel"),
    _group_by("event", "event"),
    _group_by("source", "source"),
    _group_by("day in a zone", "toDate(received_at, 'Europe/Warsaw') AS day"),
    _group_by("period, all years", "campaign, period", "1"),
    _distinct("participants of a campaign", "SELECT uniqExact(participant) FROM letters WHERE campaign = 'w4r-2026'"),
    _distinct("participants of all years", "SELECT uniqExact(participant) FROM letters"),
    _distinct(
        "participants by case",
        "SELECT `case`, uniqExact(participant) FROM letters WHERE campaign = 'w4r-2026' GROUP BY `case`",
    ),
)
OWN: Final = Question(
    "one participant's letters",
    GROUP_BY_MS,
    "SELECT campaign, `case`, sum(letters) FROM letters WHERE participant = {participant:UUID} GROUP BY ALL",
)
"""Of whom a participant is to be named."""
