"""What a sheet would count, cell by cell, and why not: for the person who sends it. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal, NamedTuple

from producers.channels.reading import Reading
from schemas.rejection import Reason
from schemas.report import UNKNOWN_COUNTRY, Kind

Outcome = Literal["counts", "waits", "left out", "refused"]
COLUMNS: Final = (
    *("row", "column", "value", "outcome", "letters", "case"),
    *("event", "country", "date", "kind", "why"),
)
_FIRST: Final[dict[Outcome, int]] = {"refused": 0, "waits": 1}


class Entry(NamedTuple):
    """What one number says."""

    case: str
    """The case of the campaign, or what the sheet calls it where the source knows no cases."""
    said: str
    """What the sheet calls the case."""
    kind: Kind
    country: str | None
    written_at: datetime | None
    letters: int


class Line(NamedTuple):
    """One cell of a sheet, or a row without a number: what becomes of it."""

    row: int
    """As a spreadsheet program numbers it, from 1."""
    column: str
    """Its heading."""
    value: str
    outcome: Outcome
    why: str = ""
    reason: Reason | None = None
    """Where it is refused."""
    event: str | None = None
    entry: Entry | None = None


class Preview(NamedTuple):
    """A sheet as it was read: the readings that a collector sorts, and what they come from."""

    readings: list[Reading]
    lines: list[Line]
    notes: tuple[str, ...]
    """How the file was read, what in it was not, and what adds up."""
    country: str = UNKNOWN_COUNTRY
    """Of what names none."""

    @property
    def letters(self) -> int:
        """Return how many letters the sheet would count."""
        return self._letters("counts")

    @property
    def letters_waiting(self) -> int:
        """Return how many letters of the sheet somebody would have to look at first."""
        return self._letters("waits")

    def _letters(self, outcome: Outcome) -> int:
        return sum(line.entry.letters for line in self.lines if line.outcome == outcome and line.entry)


def table_of(preview: Preview) -> Iterator[tuple[str, ...]]:
    """Yield a row of texts for each line, under COLUMNS; the texts are the sender's own, and no markup.

    What a row is refused for stands first, since it is what has to be mended; then what will wait.
    """
    for line in sorted(preview.lines, key=lambda line: (_FIRST.get(line.outcome, len(_FIRST)), line.row)):
        entry = line.entry
        yield (
            str(line.row),
            _cut(line.column),
            _cut(line.value),
            line.outcome,
            f"{entry.letters:,}" if entry and line.outcome in {"counts", "waits"} else "",
            _cut(entry.case) if entry else "",
            _cut(line.event or ""),
            (entry.country or preview.country) if entry else "",
            entry.written_at.date().isoformat() if entry and entry.written_at else "",
            entry.kind if entry else "",
            line.why,
        )


def _cut(said: str, most: int = 60) -> str:
    """Return what fits a column, without characters that would move the cursor of a terminal."""
    seen = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in said)
    return seen if len(seen) <= most else seen[: most - 1] + "…"
