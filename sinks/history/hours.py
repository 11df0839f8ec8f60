"""When people write: the hour of the day by the day of the week, on the clocks of a time zone."""

from collections.abc import Mapping
from typing import Final

import altair as alt

from schemas.reader import Reader
from sinks.history.chart import Chart, Scene, Table
from sinks.history.figures import Figures
from sinks.history.look import Look

_WEEKDAYS: Final = range(1, 8)
_HOURS: Final = range(24)


def _title(reader: Reader) -> str:
    return reader.translations.gettext("When people write")


def _definition(reader: Reader) -> str:
    return reader.translations.gettext(
        "Letters of the campaign by hour and day of the week, on the clocks of the chosen time zone, as people say "
        "when they wrote them: nobody has checked that."
    )


def cells_of(figures: Figures) -> Mapping[tuple[int, int], int]:
    """Return letters by weekday, from 1 for Monday, and hour."""
    return {(row["weekday"], row["hour"]): row["letters"] for row in figures.rows if row["hour"] is not None}


def _note(figures: Figures, scene: Scene) -> str:
    unsaid = sum(row["letters"] for row in figures.rows if row["hour"] is None)
    if not unsaid:
        return ""
    said = scene.reader.translations.ngettext(
        "Of %(number)s further letter nobody said when it was written; it is not shown here.",
        "Of %(number)s further letters nobody said when they were written; they are not shown here.",
        unsaid,
    )
    return said % {"number": scene.reader.number(unsaid)}


def _weekday(day: int, reader: Reader, width: str = "wide") -> str:
    return str(reader.locale.days["stand-alone"][width][day - 1])


def _clock(hour: int) -> str:
    return f"{hour:02}:00"


def _table(figures: Figures, scene: Scene) -> Table:
    cells = cells_of(figures)
    heads = [scene.reader.translations.gettext("From"), *(_weekday(day, scene.reader) for day in _WEEKDAYS)]
    return Table(heads, [(_clock(hour), [cells.get((day, hour), 0) for day in _WEEKDAYS]) for hour in _HOURS])


def _draw(figures: Figures, scene: Scene, look: Look) -> alt.Chart:
    _ = scene.reader.translations.gettext
    cells = cells_of(figures)
    width = "abbreviated" if look.is_narrow else "wide"
    days = {day: _weekday(day, scene.reader, width) for day in _WEEKDAYS}
    rows = [
        {"hour": _clock(hour), "weekday": days[day], "letters": cells.get((day, hour), 0)}
        for day in _WEEKDAYS
        for hour in _HOURS
    ]
    # On a phone the hours go down, beside each other they would be too narrow.
    hours = {"title": None if look.is_narrow else _("Hour of the day"), "sort": [_clock(hour) for hour in _HOURS]}
    week = {"title": None, "sort": list(days.values())}
    x, y = (("weekday:O", week), ("hour:O", hours)) if look.is_narrow else (("hour:O", hours), ("weekday:O", week))
    slant = alt.Axis(labelAngle=-45, orient="top") if look.is_narrow else alt.Axis(labelAngle=-45)
    ramp = alt.Scale(
        type="sqrt",
        domainMin=0,
        domainMax=max(1, *cells.values(), 1),
        range=[look.paper, *look.ramp],
        interpolate="lab",
    )
    legend = alt.Legend(
        title=_("Letters"),
        orient="top",
        direction="horizontal",
        gradientLength=look.ramp_length,
        format=",d",
        tickMinStep=1,
    )
    drawn: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rect(stroke=look.paper, strokeWidth=1)
        .encode(
            x=alt.X(x[0], axis=slant, **x[1]),
            y=alt.Y(y[0], **y[1]),
            color=alt.Color("letters:Q", scale=ramp, legend=legend),
        )
        .properties(width=look.width, height=24 * 20 + 110 if look.is_narrow else 330)
    )
    return drawn


HOURS = Chart("hours", _title, _definition, _note, _table, _draw)
