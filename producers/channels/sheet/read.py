"""An organiser's sheet, CSV or XLSX, long or wide: one report for each event, case and kind in it.

Sent again, it replaces what was sent before: the ids are the same, and the moment of sending is the revision.
"""

from datetime import UTC, datetime
from itertools import islice
from typing import Final

from producers.channels.reading import Channel, Delivery, Reading, Refused
from producers.channels.sheet.columns import columns_of
from producers.channels.sheet.drafts import MOST_DRAFTS, drafts_of, refusals_of, too_many, waiting
from producers.channels.sheet.grid import Grid, SheetError
from producers.channels.sheet.lines import Terms, lines_of
from producers.channels.sheet.names import Names, knowing
from producers.channels.sheet.preview import Line, Preview
from producers.channels.sheet.rows import Days, rows_of
from producers.channels.sheet.text import grid_of_text
from producers.channels.sheet.totals import disagreements
from producers.channels.sheet.values import name_in
from producers.channels.sheet.workbook import grid_of_workbook
from producers.channels.source import Source, most_letters_of
from schemas.catalogue import Campaign
from schemas.report import Kind

_MOST_BYTES: Final = 4 << 20
_KIND: Final[Kind] = "letter"
_OLD_EXCEL: Final = bytes.fromhex("d0cf11e0")


def read(delivery: Delivery, source: Source) -> list[Reading]:
    """Return a draft for each event, case and kind, withdrawals of what the sheet leaves out, and refusals.

    Raises EventsUnreadError where it names an event that is not known, and not all are.
    """
    events = Names("event", source.events, is_complete=delivery.knows_all_events)
    return _preview_of(delivery.body, source, events, delivery.received_at, delivery.campaign).readings


def preview_of(body: bytes, source: Source, sent_at: int, campaign: Campaign | None = None) -> Preview:
    """Return what a sheet would count if it were sent at that moment, in epoch milliseconds; never raises."""
    return _preview_of(body, source, Names("event", source.events), sent_at, campaign)


def _preview_of(body: bytes, source: Source, events: Names, sent_at: int, campaign: Campaign | None) -> Preview:
    try:
        grid = _grid(body)
    except SheetError as error:
        return Preview([_refused(error)], [], ())
    try:
        return _preview(grid, source, events, sent_at, campaign)
    except SheetError as error:
        return Preview([_refused(error)], [], grid.notes)


def _grid(body: bytes) -> Grid:
    if len(body) > _MOST_BYTES:
        raise SheetError("too_large", None, f"expected at most {_MOST_BYTES >> 20} MB")
    if body.startswith(_OLD_EXCEL):
        raise SheetError("unreadable", None, "an .xls file, or one with a password: save it as XLSX or CSV without one")
    return grid_of_workbook(body) if body.startswith(b"PK") else grid_of_text(body)


def _preview(grid: Grid, source: Source, events: Names, sent_at: int, campaign: Campaign | None) -> Preview:
    cases = Names("case", source.cases)
    columns = columns_of(grid, source, cases)
    notes = grid.notes + columns.notes
    rows = rows_of(grid, columns, cases)
    place = columns.fields.get("event")
    has_events = any(name_in(row.cells[place]) for row in rows if not row.is_total) if place is not None else False
    days = Days(campaign, datetime.fromtimestamp(sent_at / 1000, UTC))
    terms = Terms(columns, cases, events, source.kind or _KIND, has_events, days)
    every = (line for row in rows if not row.is_total for line in lines_of(row, terms))
    lines = list(islice(every, MOST_DRAFTS + 1))
    if len(lines) > MOST_DRAFTS:
        raise too_many()
    if not lines:
        raise SheetError("nothing_to_count", None, "expected rows below the headings")
    if wrong := disagreements(rows, columns, has_events=has_events):
        return Preview(refusals_of(wrong), sorted([*wrong, *map(_in_doubt, lines)], key=lambda line: line.row), notes)
    added = drafts_of(lines, source.event, cases.slugs, sent_at)
    readings = [*added.drafts, *refusals_of(added.lines)]
    if not readings:
        raise SheetError("nothing_to_count", None, "expected at least one letter")
    seen = waiting(added.lines, source.event, most_letters_of(source, campaign)) if campaign else added.lines
    return Preview(readings, seen, notes + added.notes, source.country)


def _in_doubt(line: Line) -> Line:
    """Return the line of a sheet whose totals disagree: any of its numbers may be the wrong one, so none counts."""
    return (
        line._replace(outcome="left out", why="a total of this sheet disagrees") if line.outcome == "counts" else line
    )


def _refused(error: SheetError) -> Refused:
    return Refused(None, error.reason, error.field[:100] if error.field else None, error.detail)


CHANNEL: Final = Channel("bearer", _KIND, read, _MOST_BYTES, knowing, can_mend=True)
