"""How reports come in, and of what kind the letters are."""

from collections.abc import Mapping
from typing import Final

import altair as alt

from schemas.reader import Reader
from sinks.history.chart import Chart, Scene, Table, nothing_left_out
from sinks.history.figures import Figures
from sinks.history.gathering import ranked, summed
from sinks.history.look import Look


def _title(reader: Reader) -> str:
    return reader.translations.gettext("How reports come in")


def _definition(reader: Reader) -> str:
    return reader.translations.gettext(
        "Letters of the campaign by the channel that their reports came in by, and by what was written."
    )


def _kinds(reader: Reader) -> Mapping[str, str]:
    _ = reader.translations.gettext
    return {
        "letter": _("letters"),
        "email": _("e-mails"),
        "card": _("cards"),
        "signature": _("signatures"),
        "post": _("posts"),
        "solidarity": _("messages of solidarity"),
    }


def _axes(figures: Figures) -> tuple[list[str], list[str]]:
    """Return channels and kinds, most letters first."""
    channels = summed([(row["channel"], row["letters"]) for row in figures.rows])
    kinds = summed([(row["kind"], row["letters"]) for row in figures.rows])
    return ranked(channels), ranked(kinds)


def _table(figures: Figures, scene: Scene) -> Table:
    _ = scene.reader.translations.gettext
    channels, kinds = _axes(figures)
    cells = {(row["channel"], row["kind"]): row["letters"] for row in figures.rows}
    named = _kinds(scene.reader)
    rows = []
    for channel in channels:
        letters = [cells.get((channel, kind), 0) for kind in kinds]
        rows.append((channel, [*letters, sum(letters)]))
    return Table([_("Channel"), *(named.get(kind, kind) for kind in kinds), _("All letters")], rows)


def _draw(figures: Figures, scene: Scene, look: Look) -> alt.Chart:
    channels, kinds = _axes(figures)
    named = _kinds(scene.reader)
    rows = [
        {"channel": row["channel"], "kind": named.get(row["kind"], row["kind"]), "letters": row["letters"]}
        | {"place": kinds.index(row["kind"])}
        for row in figures.rows
    ]
    order = [named.get(kind, kind) for kind in kinds]
    colours = [look.colours[number % len(look.colours)] for number in range(len(order))]
    title = scene.reader.translations.gettext("Letters")
    drawn: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(stroke=look.paper, strokeWidth=1.5)
        .encode(
            x=alt.X("letters:Q", title=title, axis=alt.Axis(format=",d", tickCount=5, tickMinStep=1)),
            y=alt.Y("channel:N", title=None, sort=channels, axis=alt.Axis(labelLimit=140)),
            color=alt.Color(
                "kind:N", sort=order, scale=alt.Scale(domain=order, range=colours), legend=alt.Legend(title=None)
            ),
            order=alt.Order("place:Q"),
        )
        .properties(width=look.width, height=len(channels) * 30 + 100 + look.legend_height(len(kinds)))
    )
    return drawn


CHANNELS: Final = Chart("channels", _title, _definition, nothing_left_out, _table, _draw)
