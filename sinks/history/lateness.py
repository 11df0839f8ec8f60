"""How much of each country came late."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import altair as alt

from schemas.reader import Reader
from sinks.history.chart import Chart, Scene, Table
from sinks.history.figures import Figures
from sinks.history.gathering import OTHERS, gathered, others_last, summed
from sinks.history.look import Look

MOST_COUNTRIES: Final = 20
_LEAST_SHARE: Final = 0.05
"""What an axis goes to at least: a thousandth must not look like all."""


class Late(NamedTuple):
    """A country, or all others: its letters, and those of them that came late."""

    country: str
    late: int
    letters: int

    @property
    def share(self) -> float:
        """The share of its letters that came late."""
        return self.late / self.letters


def _title(reader: Reader) -> str:
    return reader.translations.gettext("How many letters come late")


def _definition(reader: Reader) -> str:
    return reader.translations.gettext(
        "The share of each country's letters that arrived after the campaign had closed. They count like all others. "
        "Countries with most letters stand first."
    )


def late_of(figures: Figures) -> Sequence[Late]:
    """Return the countries with most letters, and all others together."""
    letters = {row["country"]: row["letters"] for row in figures.rows}
    under = gathered(letters, MOST_COUNTRIES)
    letters = summed([(under(row["country"]), row["letters"]) for row in figures.rows])
    late = summed([(under(row["country"]), row["late_letters"]) for row in figures.rows])
    return [Late(country, late[country], letters[country]) for country in others_last(letters)]


def _named(country: str, reader: Reader) -> str:
    return reader.translations.gettext("All other countries") if country == OTHERS else reader.country(country)


def _table(figures: Figures, scene: Scene) -> Table:
    _ = scene.reader.translations.gettext
    rows = [(_named(one.country, scene.reader), [one.late, one.letters, one.share]) for one in late_of(figures)]
    return Table([_("Country"), _("Late letters"), _("All letters"), _("Share")], rows)


def _note(figures: Figures, scene: Scene) -> str:
    late = sum(row["late_letters"] for row in figures.rows)
    said = scene.reader.translations.gettext("Late letters in all: %(late)s of %(number)s.")
    return said % {"late": scene.reader.number(late), "number": scene.reader.number(figures.letters)}


def _draw(figures: Figures, scene: Scene, look: Look) -> alt.Chart:
    countries = late_of(figures)
    rows = [{"country": _named(one.country, scene.reader), "share": one.share} for one in countries]
    most = max(_LEAST_SHARE, *(one.share for one in countries))
    title = scene.reader.translations.gettext("Share of letters that came late")
    drawn: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(color=look.strong)
        .encode(
            x=alt.X("share:Q", title=title, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, most])),
            y=alt.Y(
                "country:N",
                title=None,
                sort=[_named(one.country, scene.reader) for one in countries],
                axis=alt.Axis(labelLimit=120 if look.is_narrow else 200),
            ),
        )
        .properties(width=look.width, height=len(rows) * 22 + 100)
    )
    return drawn


LATENESS = Chart("lateness", _title, _definition, _note, _table, _draw)
