"""What is asked of the letters of a campaign, as SQL and in words. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from clickhouse_connect.driver.binding import format_query_value

from schemas.tally import SCOPES, WORLD_MEMBER

What = Literal["reports", "days", "totals", "report"]
"""Reports one by one, sums by day, sums; or what `tally report` shows: sums, and those of periods and days."""

_MEMBERS: Final = {
    "world": f"'{WORLD_MEMBER}'",
    "country": "country",
    "case": "`case`",
    "event": "event",
    "channel": "channel",
    "kind": "kind",
    "case-country": "concat(`case`, ':', country)",
}
_MORE_MEMBERS: Final = {"period": "period", "day": "campaign_day"}
_ORDER: Final = ", ".join(f"'{scope}'" for scope in SCOPES)
_COUNTED: Final = "toLowCardinality(assumeNotNull(known)) AS counted"
_SAYS: Final = {
    "reports": "One row a report",
    "days": "Sums by day of arrival in {zone}",
    "totals": "Sums",
    "report": "Sums (also by period, and by day of the campaign)",
}


class Asked(NamedTuple):
    """Which letters, and how they are summed; days are those of the zone, both ends are included."""

    campaign: str
    what: What
    zone: str = "UTC"
    first_day: date | None = None
    last_day: date | None = None

    @property
    def received_from(self) -> datetime | None:
        """When what is asked for begins, if not with the first report."""
        return _begin(self.first_day, self.zone) if self.first_day else None

    @property
    def received_until(self) -> datetime | None:
        """Before when what is asked for was received, if it has an end."""
        return _begin(self.last_day + timedelta(days=1), self.zone) if self.last_day else None

    def definition(self) -> str:
        """Return in words what is counted."""
        period = f" Only those{self.period()} (days of {self.zone})." if self.period() else ""
        return (
            f"{_SAYS[self.what].format(zone=self.zone)} of the reports of {self.campaign} that stand: of each the "
            "highest revision, and of copies of it the first in the log; none that is withdrawn or says 0 letters."
            f"{period} Moments are in UTC. A period is of arrival: early, on the day (10 December), after, late."
        )

    def period(self) -> str:
        """Return in words which part of the campaign it is of; nothing where it is of all of it."""
        since = f"from {self.first_day} on" if self.first_day else ""
        until = f"by the end of {self.last_day}" if self.last_day else ""
        return f" received {' and '.join(filter(None, (since, until)))}" if since or until else ""

    def parameters(self) -> dict[str, str]:
        """Return the values of the query's parameters."""
        values = {"campaign": self.campaign}
        values |= {"zone": self.zone} if self.what == "days" else {}
        values |= {"since": _text(self.received_from)} if self.received_from else {}
        return values | ({"until": _text(self.received_until)} if self.received_until else {})

    def query(self) -> str:
        """Return the SQL; each row says in `counted` when it was asked, and what was counted of which partition.

        One snapshot of the table is behind all of it. What does not count, and what other campaigns have, is read for
        the positions: a withdrawal, or a move to another campaign, may be the last that the figures know of the log.
        """
        counts = "campaign = {campaign:String} AND NOT withdrawn AND letters > 0" + self._received()
        return f"""WITH (
    SELECT toJSONString((toUnixTimestamp64Milli(now64(3)), groupArray((epoch, partition, position, sum, number))))
    FROM (
        SELECT epoch, partition, max(offset) + 1 AS position, sumIf(letters, counts) AS sum, countIf(counts) AS number
        FROM (SELECT epoch, partition, offset, letters, {counts} AS counts FROM letter_reports FINAL)
        GROUP BY epoch, partition
    )
) AS known
{self._rows()}
SETTINGS enable_shared_storage_snapshot_in_query = 1"""  # noqa: S608 (our own)

    def as_sql(self) -> str:
        """Return the query with its values on one line, as a SQL client takes it."""
        values = "".join(f"SET param_{name} = {format_query_value(said)}; " for name, said in self.parameters().items())
        return values + " ".join(self.query().split())

    def _rows(self) -> str:
        wanted = "WHERE campaign = {campaign:String}" + self._received()
        return self._reports(wanted) if self.what == "reports" else self._sums(wanted)

    def _reports(self, wanted: str) -> str:
        return f"""
SELECT
    campaign, toString(report_id) AS report, `case`, event, country, channel, source, kind, letters,
    written_at, received_at, toLowCardinality(toString(standing_letters.period)) AS period, campaign_day, {_COUNTED}
FROM standing_letters
{wanted}
ORDER BY report_id"""  # noqa: S608 (our own)

    def _sums(self, wanted: str) -> str:
        members = _MEMBERS | (_MORE_MEMBERS if self.what == "report" else {})
        places = ", ".join(f"('{scope}', toString({member}))" for scope, member in members.items())
        day, by = (
            ("toDate32(toDate(received_at, {zone:String})) AS day, ", "day, ") if self.what == "days" else ("", "")
        )
        return f"""
SELECT
    campaign, {day}toLowCardinality(place.1) AS scope, place.2 AS member,
    sum(standing_letters.letters) AS letters, count() AS reports, {_COUNTED}
FROM standing_letters ARRAY JOIN [{places}] AS place
{wanted}
GROUP BY campaign, {by}scope, member
ORDER BY {by}indexOf([{_ORDER}], scope), member"""  # noqa: S608 (our own)

    def _received(self) -> str:
        since = " AND received_at >= {since:DateTime64(3, 'UTC')}" if self.first_day else ""
        return since + (" AND received_at < {until:DateTime64(3, 'UTC')}" if self.last_day else "")


def _begin(day: date, zone: str) -> datetime:
    """Return when a day begins there; midnight that a change of clocks leaves out is the moment of that change."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.000")
