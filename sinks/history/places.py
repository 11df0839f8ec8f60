"""Heat map: which country writes for whom."""

from collections.abc import Mapping
from typing import Final

import altair as alt

from schemas.reader import Reader
from sinks.history.chart import Chart, Scene, Table
from sinks.history.figures import Figures
from sinks.history.gathering import OTHERS, gathered, others_last, summed
from sinks.history.look import Look

MOST_COUNTRIES: Final = 25
MOST_CASES: Final = 16


def _title(reader: Reader) -> str:
    return reader.translations.gettext("Who writes for whom")


def _definition(reader: Reader) -> str:
    return reader.translations.gettext(
        "Letters of the campaign by the country that they were written in and the person or group that they were "
        "written for. Each report that stands counts once, late ones too."
    )


def cells_of(figures: Figures) -> Mapping[tuple[str, str], int]:
    """Return letters by country and case; where there are too many of them, the last ones stand together."""
    pairs = [(row["country"], row["case"], row["letters"]) for row in figures.rows]
    country_of = gathered(summed([(country, letters) for country, _, letters in pairs]), MOST_COUNTRIES)
    case_of = gathered(summed([(case, letters) for _, case, letters in pairs]), MOST_CASES)
    return summed([((country_of(country), case_of(case)), letters) for country, case, letters in pairs])


def _axes(cells: Mapping[tuple[str, str], int]) -> tuple[list[str], list[str]]:
    """Return the countries and the cases, most letters first."""
    countries = summed([(country, letters) for (country, _), letters in cells.items()])
    cases = summed([(case, letters) for (_, case), letters in cells.items()])
    return others_last(countries), others_last(cases)


def _named_country(country: str, reader: Reader) -> str:
    return reader.translations.gettext("All other countries") if country == OTHERS else reader.country(country)


def _named_case(case: str, scene: Scene) -> str:
    return scene.reader.translations.gettext("All others") if case == OTHERS else scene.campaign.cases.get(case, case)


def _table(figures: Figures, scene: Scene) -> Table:
    cells = cells_of(figures)
    countries, cases = _axes(cells)
    heads = [scene.reader.translations.gettext("Country"), *(_named_case(case, scene) for case in cases)]
    rows = [
        (_named_country(country, scene.reader), [cells.get((country, case), 0) for case in cases])
        for country in countries
    ]
    return Table(heads, rows)


def _note(figures: Figures, scene: Scene) -> str:
    countries = len({row["country"] for row in figures.rows})
    if countries <= MOST_COUNTRIES:
        return ""
    said = scene.reader.translations.gettext("Countries with letters: %(number)s; the CSV file has each of them.")
    return said % {"number": scene.reader.number(countries)}


def _draw(figures: Figures, scene: Scene, look: Look) -> alt.Chart:
    _ = scene.reader.translations.gettext
    cells = cells_of(figures)
    countries, cases = _axes(cells)
    rows = [
        {"country": _named_country(country, scene.reader), "case": _named_case(case, scene), "letters": letters}
        for (country, case), letters in cells.items()
    ]
    ramp = alt.Scale(type="log", domain=[1, max(10, *cells.values())], range=list(look.ramp), interpolate="lab")
    legend = alt.Legend(
        title=_("Letters"), orient="top", direction="horizontal", gradientLength=look.ramp_length, format=",d"
    )
    sort_countries = [_named_country(one, scene.reader) for one in countries]
    sort_cases = [_named_case(one, scene) for one in cases]
    drawn: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rect(stroke=look.paper, strokeWidth=1)
        .encode(
            x=alt.X("case:N", title=None, sort=sort_cases, axis=alt.Axis(orient="top", labelAngle=-60, labelLimit=130)),
            y=alt.Y(
                "country:N", title=None, sort=sort_countries, axis=alt.Axis(labelLimit=110 if look.is_narrow else 170)
            ),
            color=alt.Color("letters:Q", scale=ramp, legend=legend),
        )
        .properties(width=look.width, height=len(countries) * 22 + 240)
    )
    return drawn


PLACES = Chart("places", _title, _definition, _note, _table, _draw)
