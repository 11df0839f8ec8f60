"""A campaign's sums as tables of a terminal. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from rich.bar import Bar
from rich.table import Table
from rich.text import Text

from deploy.exporting.described import Described, SeasonDay

_PERIODS: Final = ("early", "on the day", "after", "late", "unknown")
_BAR_WIDTH: Final = 24


class Sum(NamedTuple):
    """What one member of a scope has; also of periods and of days of the campaign."""

    scope: str
    member: str
    letters: int
    reports: int


class Shown(NamedTuple):
    """What is shown: the sums of the campaign, earlier seasons beside it, and of countries so many at most."""

    described: Described
    sums: Sequence[Sum]
    seasons: Sequence[SeasonDay]
    most_countries: int


def tables(shown: Shown) -> Iterator[Table]:
    """Yield world, cases, countries, channels, periods and the season."""
    world = _of(shown, "world")
    yield _table("World", "", [one._replace(member="world") for one in world], world[0].letters)
    for scope, title in (("case", "Cases"), ("country", "Countries"), ("channel", "Channels")):
        found = sorted(_of(shown, scope), key=lambda one: (-one.letters, one.member))
        kept, rest = found, []
        if scope == "country":
            kept, rest = found[: shown.most_countries], found[shown.most_countries :]
        table = _table(title, scope, kept, world[0].letters)
        if rest:
            _add(table, _sum_of(f"{len(rest):,} more", rest), world[0].letters)
        yield table
    periods = sorted(_of(shown, "period"), key=lambda one: _PERIODS.index(one.member))
    yield _table("Periods, by arrival", "period", periods, world[0].letters)
    if shown.described.opens is not None:
        yield _season(shown, shown.described.opens)


def _of(shown: Shown, scope: str) -> list[Sum]:
    return [one for one in shown.sums if one.scope == scope]


def _sum_of(member: str, sums: Sequence[Sum]) -> Sum:
    return Sum("", member, sum(one.letters for one in sums), sum(one.reports for one in sums))


def _table(title: str, name: str, sums: Sequence[Sum], world: int) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(name)
    for column in ("letters", "share", "reports"):
        table.add_column(column, justify="right")
    for one in sums:
        _add(table, one, world)
    return table


def _add(table: Table, one: Sum, world: int) -> None:
    table.add_row(Text(one.member), f"{one.letters:,}", f"{one.letters / world:.1%}", f"{one.reports:,}")


def _season(shown: Shown, opens: datetime) -> Table:
    """Return each day of the campaign on which letters came, with the same day of each earlier season."""
    here = {int(one.member): one.letters for one in _of(shown, "day")}
    earlier: dict[str, dict[int, int]] = {}
    for day in shown.seasons:
        earlier.setdefault(day.campaign, {})[day.campaign_day] = day.letters
    seasons = [here, *earlier.values()]
    most = max(letters for season in seasons for letters in season.values())
    table = Table(title="Season, by day of the campaign (24 hours from its opening)", title_justify="left")
    table.add_column("day", justify="right")
    table.add_column("from")
    for name in ("letters", *earlier):
        table.add_column(Text(name), justify="right")
        table.add_column("")
    for number in sorted(set().union(*seasons)):
        cells = [_cells(season.get(number, 0), most) for season in seasons]
        table.add_row(
            str(number), _date(opens, shown.described.zone, number), *(part for pair in cells for part in pair)
        )
    if shown.seasons:
        table.caption = f"Earlier seasons as of {min(day.as_of for day in shown.seasons):%Y-%m-%d %H:%M:%S} UTC"
    return table


def _cells(letters: int, most: int) -> tuple[str, Bar]:
    return f"{letters:,}", Bar(most, 0, letters, width=_BAR_WIDTH)


def _date(opens: datetime, zone: str, number: int) -> str:
    return f"{(opens + timedelta(days=number - 1)).astimezone(ZoneInfo(zone)):%Y-%m-%d}"
