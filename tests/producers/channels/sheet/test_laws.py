"""What holds for every sheet: no layout changes what is counted, and nothing is lost on the way to the drafts."""

import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from producers.channels.reading import Draft, Reading, Refused
from producers.channels.sheet.read import preview_of
from tests.producers.channels.sheet.sheets import SENT_AT, SOURCE, counted, saved, seen, workbook_of

_CASES = ("amara", "ilya", "rosa")
_EVENTS = st.sampled_from(["Liceum", "Szkoła nr 1", "مدرسة النور", "Dom, kultury", "Café"])
_TABLES = st.dictionaries(_EVENTS, st.tuples(*[st.integers(0, 2_000_000)] * 3), min_size=1)
_WRITTEN = st.sampled_from(["{}", "{:,}"])
_CELLS = st.sampled_from(
    ["", "Event", "Case", "Letters", "amara", "Rosa Quispe", "5", "1 068", "-3", "Total", "10.12.2026", "x", "Country"]
)


def _text(rows: list[list[str]], separator: str = ";") -> str:
    text = StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue()


def _wide(table: dict[str, tuple[int, ...]], written: str) -> list[list[str]]:
    body = [[event, *map(written.format, (*row, sum(row)))] for event, row in table.items()]
    totals = [sum(column) for column in zip(*table.values(), strict=True)]
    return [
        ["Event", *_CASES, "Total"],
        *body,
        ["Total", *map(written.format, (*totals, sum(totals)))],
    ]


def _long(table: dict[str, tuple[int, ...]], written: str) -> list[list[str]]:
    return [
        ["Case", "Letters", "Event"],
        *(
            [case, written.format(n), event]
            for event, row in table.items()
            for case, n in zip(_CASES, row, strict=True)
        ),
    ]


def _sorted(readings: list[Reading]) -> list[str]:
    assert not any(isinstance(reading, Refused) for reading in readings)
    return sorted(reading.model_dump_json() for reading in readings if isinstance(reading, Draft))


@given(table=_TABLES, written=_WRITTEN)
def test_every_layout_and_file_says_the_same(table: dict[str, tuple[int, ...]], written: str) -> None:
    """Wide with totals or long, text or workbook, with commas in its numbers or not: the same drafts."""
    wide, long = _wide(table, written), _long(table, written)
    readings = _sorted(seen(_text(wide)).readings)
    assert readings == _sorted(seen(_text(long, "\t")).readings)
    assert readings == _sorted(preview_of(saved(workbook_of(*wide)), SOURCE, SENT_AT).readings)


@given(table=_TABLES)
def test_drafts_sum_to_the_sheet(table: dict[str, tuple[int, ...]]) -> None:
    """The letters of all drafts, and of all lines of the preview, are the sheet's total."""
    preview = seen(_text(_wide(table, "{}")))
    assert sum(counted(preview).values()) == preview.letters == sum(map(sum, table.values()))


@given(table=_TABLES, wrong=st.integers(1, 5))
def test_a_wrong_total_counts_nothing(table: dict[str, tuple[int, ...]], wrong: int) -> None:
    """Whatever the numbers, a sheet whose last total is off by a few has no draft."""
    rows = _wide(table, "{}")
    rows[-1][-1] = str(int(rows[-1][-1]) + wrong)
    assert all(isinstance(reading, Refused) for reading in seen(_text(rows)).readings)


@given(rows=st.lists(st.lists(_CELLS, max_size=5), max_size=8))
def test_the_preview_agrees_with_the_readings(rows: list[list[str]]) -> None:
    """However cells are thrown together: there is an answer, and lines and drafts count the same letters."""
    preview = seen(_text(rows))
    assert preview.readings
    assert sum(counted(preview).values()) == preview.letters
    ids = [(r.submission, r.line) for r in preview.readings if isinstance(r, Draft)]
    assert len(ids) == len(set(ids))
