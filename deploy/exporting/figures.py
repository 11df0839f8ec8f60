"""What rows come to in every scope, counted while they pass. Pure."""

from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from schemas.tally import SCOPES, WORLD_MEMBER, Place

Figures = dict[Place, tuple[int, int]]
"""Letters and reports."""
_COLUMNS: Final = {
    "world": ["campaign"],
    **{scope: [scope] for scope in ("country", "case", "event", "channel", "kind")},
    "case-country": ["case", "country"],
}


def add_reports(figures: Figures, reports: pa.RecordBatch) -> None:
    """Add reports, one a row."""
    rows = pa.Table.from_batches([reports])
    for scope in SCOPES:
        names = _COLUMNS[scope]
        summed = rows.group_by(names).aggregate([("letters", "sum"), ("letters", "count")])
        letters, reports_of = summed["letters_sum"].to_pylist(), summed["letters_count"].to_pylist()
        for *parts, more, count in zip(*(summed[name].to_pylist() for name in names), letters, reports_of, strict=True):
            _add(figures, (scope, WORLD_MEMBER if scope == "world" else ":".join(parts)), more, count)


def add_sums(figures: Figures, sums: pa.RecordBatch) -> None:
    """Add sums of members, in whatever pieces; what is no scope of ours, such as a period, is left out."""
    for scope, member, letters, reports in _rows(sums):
        if scope in SCOPES:
            _add(figures, (scope, member), letters, reports)


def _rows(sums: pa.RecordBatch) -> Iterator[tuple[str, str, int, int]]:
    return zip(*(sums[name].to_pylist() for name in ("scope", "member", "letters", "reports")), strict=True)


def _add(figures: Figures, place: Place, letters: int, reports: int) -> None:
    known_letters, known_reports = figures.get(place, (0, 0))
    figures[place] = (known_letters + letters, known_reports + reports)
