"""Season curves: how far each campaign had come by which of its days."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import altair as alt

from schemas.reader import Reader
from sinks.history.chart import Chart, Scene, Table, nothing_left_out
from sinks.history.figures import Figures
from sinks.history.look import Look

_Choice = TypeVar("_Choice")


def _title(reader: Reader) -> str:
    return reader.translations.gettext("Season curves, year over year")


def _definition(reader: Reader) -> str:
    return reader.translations.gettext(
        "Letters that had arrived by the end of each day of a campaign, whichever year it was in: day 1 is the 24 "
        "hours from its opening on. Each report that stands counts once, by its arrival."
    )


def curves_of(figures: Figures, scene: Scene) -> Mapping[str, Mapping[int, int]]:
    """Return letters so far by day of each campaign, also on days without letters; none of days to come.

    All curves have all days between the first and the last of any campaign, as far as they have come.
    """
    days = [row["campaign_day"] for row in figures.rows]
    curves: dict[str, dict[int, int]] = {}
    for row in figures.rows:
        curves.setdefault(row["campaign"], {})[row["campaign_day"]] = row["letters_so_far"]
    return {
        name: _filled(known, min(days), _last_day(name, max(days), figures, scene)) for name, known in curves.items()
    }


def _last_day(name: str, last: int, figures: Figures, scene: Scene) -> int:
    campaign = scene.known.campaigns.get(name)
    today = campaign.day_of(figures.as_of) if campaign and figures.as_of else None
    return last if today is None else min(last, today)


def _filled(known: Mapping[int, int], first: int, last: int) -> Mapping[int, int]:
    filled, letters = {}, 0
    for day in range(first, max(last, *known) + 1):
        letters = filled[day] = known.get(day, letters)
    return filled


def _table(figures: Figures, scene: Scene) -> Table:
    curves = curves_of(figures, scene)
    days = sorted({day for curve in curves.values() for day in curve})
    rows = [(scene.reader.number(day), [curve.get(day) for curve in curves.values()]) for day in days]
    return Table([scene.reader.translations.gettext("Day"), *_names(curves, scene).values()], rows)


def _names(curves: Mapping[str, object], scene: Scene) -> Mapping[str, str]:
    """Return what each curve is called: its title, with its id where two have the same."""
    titles = {name: scene.known.campaigns[name].title if name in scene.known.campaigns else name for name in curves}
    return {
        name: title if list(titles.values()).count(title) == 1 else f"{title} ({name})"
        for name, title in titles.items()
    }


def _draw(figures: Figures, scene: Scene, look: Look) -> alt.Chart:
    _ = scene.reader.translations.gettext
    curves = curves_of(figures, scene)
    names = _names(curves, scene)
    rows = [
        {"day": day, "letters": letters, "campaign": names[name]}
        for name, curve in curves.items()
        for day, letters in curve.items()
    ]
    newest = sorted(curves, key=lambda name: (name != scene.campaign.name, -list(curves).index(name)))
    order = [names[name] for name in newest]
    dashes = ([1, 0], [6, 3], [2, 2], [9, 3, 2, 3], [4, 4])
    widths = [3.5 if name == scene.campaign.name else 2 for name in newest]
    legend = alt.Legend(title=None, symbolType="stroke", symbolSize=500)
    drawn: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X(
                "day:Q",
                title=_("Day of the campaign"),
                axis=alt.Axis(grid=False, format="d", tickMinStep=1, tickCount=look.width // 60),
                scale=alt.Scale(nice=False),
            ),
            y=alt.Y("letters:Q", title=_("Letters so far"), axis=alt.Axis(format=",d", tickMinStep=1, tickCount=6)),
            color=alt.Color(
                "campaign:N",
                sort=order,
                legend=legend,
                scale=alt.Scale(domain=order, range=_cycle(look.colours, order)),
            ),
            strokeDash=alt.StrokeDash(
                "campaign:N", sort=order, legend=legend, scale=alt.Scale(domain=order, range=_cycle(dashes, order))
            ),
            strokeWidth=alt.StrokeWidth(
                "campaign:N", sort=order, legend=None, scale=alt.Scale(domain=order, range=widths)
            ),
        )
        .properties(width=look.width, height=300 + look.legend_height(len(order)))
    )
    return drawn


def _cycle(choices: Sequence[_Choice], order: Sequence[str]) -> list[_Choice]:
    return [choices[number % len(choices)] for number in range(len(order))]


SEASONS = Chart("seasons", _title, _definition, nothing_left_out, _table, _draw)
