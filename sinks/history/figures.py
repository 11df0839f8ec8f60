"""What ClickHouse has answered: rows of one query, so of one moment. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

AS_OF: Final = "as_of"
Row = Mapping[str, Any]


class Figures(NamedTuple):
    """Rows without their moment; `as_of` is None where nothing was ever summed."""

    columns: Sequence[str]
    rows: Sequence[Row]
    as_of: datetime | None

    @property
    def letters(self) -> int:
        """All letters."""
        return sum(row["letters"] for row in self.rows)


def figures_of(columns: Sequence[str], rows: Sequence[Sequence[Any]], otherwise: datetime | None) -> Figures:
    """Return rows by their columns' names; the moment is that of the rows, `otherwise` where there is none."""
    named = [dict(zip(columns, row, strict=True)) for row in rows]
    moments = {in_utc(row.pop(AS_OF)) for row in named}
    return Figures([name for name in columns if name != AS_OF], named, moments.pop() if moments else otherwise)


def in_utc(moment: datetime) -> datetime:
    """Return a moment as the client gives it, whose zone is UTC even where it is left out."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
