"""How charts look: on light and dark paper, on wide and narrow screens. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args

Theme = Literal["light", "dark"]
Width = Literal["wide", "narrow"]


class Look(NamedTuple):
    """Colours, and how many units wide a chart is: about the pixels that it will have."""

    width: int
    ink: str
    soft: str
    paper: str
    line: str
    strong: str
    ramp: Sequence[str]
    """From few to many."""
    colours: Sequence[str]
    """Of what has no order."""

    @property
    def is_narrow(self) -> bool:
        """Whether it is for a phone."""
        return self.width < 500  # noqa: PLR2004 (between the two widths below)

    @property
    def legend_columns(self) -> int:
        """How many entries of a legend stand beside each other."""
        return 1 if self.is_narrow else 3

    def legend_height(self, entries: int) -> int:
        """Return the room that a legend takes above a chart."""
        return 20 * -(-entries // self.legend_columns) + 16

    @property
    def ramp_length(self) -> int:
        """How long a legend of a ramp is."""
        return 160 if self.is_narrow else 300

    @property
    def config(self) -> dict[str, Any]:
        """What Vega-Lite is told of it."""
        text = {"labelColor": self.soft, "titleColor": self.ink, "labelFontSize": 12, "titleFontSize": 13}
        return {
            "font": "system-ui, sans-serif",
            "background": self.paper,
            "aria": False,  # told by the page: its words for it, and its table
            "axis": text
            | {"gridColor": self.line, "domainColor": self.soft, "tickColor": self.soft, "labelLimit": 150}
            | {"titleFontWeight": "normal", "gridOpacity": 0.4},
            "axisY": {"titlePadding": 14},
            "legend": text
            | {"orient": "top", "labelLimit": 320, "symbolStrokeWidth": 2.5, "titleFontWeight": "normal"}
            | {"columns": self.legend_columns, "columnPadding": 40, "rowPadding": 4},
            "title": {"color": self.soft, "anchor": "start", "frame": "bounds", "fontSize": 12, "fontWeight": "normal"},
            # Readers' fonts are wider than the one that labels are measured by.
            "padding": {"left": 20, "right": 24, "top": 4, "bottom": 4},
            "view": {"stroke": None},
        }


_WIDTHS: Final[Mapping[Width, int]] = {"wide": 880, "narrow": 340}
_LIGHT: Final = Look(
    0,
    "#1a1a1a",
    "#55554e",
    "#fffef8",
    "#85857b",
    "#14532d",
    ("#dcebd9", "#6db487", "#0a4527"),
    ("#14532d", "#c2410c", "#1d4ed8", "#a21caf", "#78716c", "#0e7490"),
)
_DARK: Final = Look(
    0,
    "#f2f0e6",
    "#c4c2b6",
    "#16161a",
    "#8a8a80",
    "#a7e3bd",
    ("#1d3a2c", "#3f855e", "#c5f2d3"),
    ("#a7e3bd", "#fdba74", "#93c5fd", "#f0abfc", "#d6d3d1", "#67e8f9"),
)
THEMES: Final = get_args(Theme)
WIDTHS: Final = get_args(Width)


def look_of(theme: Theme, width: Width) -> Look:
    """Return a look."""
    return (_DARK if theme == "dark" else _LIGHT)._replace(width=_WIDTHS[width])
