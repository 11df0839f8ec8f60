"""Text files of cells: characters and separators."""

import pytest

from producers.channels.reading import Refused
from producers.channels.sheet.read import preview_of
from tests.producers.channels.sheet.sheets import SENT_AT, SOURCE, counted, refused, seen

_TEXT = "Escuela,Caso,Cartas\nColegio Peña,Amara,5\n"
_READ = {("Colegio Peña", "amara", "letter"): 5}


@pytest.mark.parametrize(
    ("charset", "note"),
    [
        ("utf-8", "read as UTF-8,"),
        ("utf-8-sig", "read as UTF-8,"),
        ("utf-16", "read as UTF-16,"),
        ("cp1252", "read as Windows-1252, since it is not UTF-8: check that names look right,"),
    ],
)
def test_characters_are_read_and_said(charset: str, note: str) -> None:
    """UTF-8 with a mark or without, UTF-16 with one, else Windows-1252: the preview says which."""
    preview = preview_of(_TEXT.encode(charset), SOURCE, SENT_AT)
    assert counted(preview) == _READ
    assert preview.notes[0].startswith(note)


def test_utf_16_of_big_endian_is_read() -> None:
    """The mark says which byte comes first."""
    assert counted(preview_of(b"\xfe\xff" + _TEXT.encode("utf-16-be"), SOURCE, SENT_AT)) == _READ


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str) -> None:
    """Commas, semicolons, tabs and bars, also where titles above the headings have none."""
    assert counted(seen("Write for Rights, 2026\n\n" + _TEXT.replace(",", separator))) == _READ


def test_a_thousands_comma_does_not_separate() -> None:
    """Semicolons win where each number has a comma in it."""
    assert counted(seen("Event;Case;Letters\nA;Amara;1,068\nB;Rosa;2,500\n"))["B", "rosa", "letter"] == 2500


def test_the_separator_may_be_named() -> None:
    """A first line `sep=` as spreadsheet programs write it is obeyed, and rows keep their numbers."""
    preview = seen("sep=|\nCase|Letters\nAmara|5\nRosa, too|6\n")
    assert [line.row for line in preview.lines] == [3, 4]


def test_quoted_cells_may_hold_separators_and_lines() -> None:
    """Quotes keep commas and line breaks in a cell; a name is one line all the same."""
    preview = seen('Event,Case,Letters\n"Liceum,\nKraków",Amara,5\n')
    assert list(counted(preview)) == [("Liceum, Kraków", "amara", "letter")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\x01\x02",
        b"\x81\x8d",
        b"\xff\xfe\x00",
        b'"' * 1000,
        b"a" * 200_000,
        b'"' + b"a\n" * 200_000,
        b"Case,Letters\r" * 3,
        b"\xd0\xcf\x11\xe0 old",
    ],
)
def test_what_is_no_sheet_is_refused(body: bytes) -> None:
    """Bytes that are no text, lines without end and files of an older program are refused by name."""
    (refusal,) = preview_of(body, SOURCE, SENT_AT).readings
    assert isinstance(refusal, Refused)


def test_a_sheet_has_bounds() -> None:
    """Too many rows, columns or bytes are refused, never cut off."""
    for text in ("Case,Letters\n" + "Amara,1\n" * 5001, "Case,Letters" + ",x" * 300 + "\n", "x" * (5 << 20)):
        assert [refusal.reason for refusal in refused(seen(text))] == ["too_large"]


def test_a_sheet_full_of_typos_is_answered() -> None:
    """Thousands of unknown names, and a million numbers under unknown headings, are refusals and no hang."""
    typos = seen("Event,Case,Letters\n" + "".join(f"Liceum,amarra {number},1\n" for number in range(4000)))
    assert {refusal.reason for refusal in refused(typos)} == {"unknown_case"}
    headings = ";".join(f"amarra {number}" for number in range(198))
    full = seen(f"Event;{headings}\n" + f"Liceum{';1' * 198}\n" * 4999)
    assert [refusal.reason for refusal in refused(full)] == ["too_large"]


def test_empty_rows_at_the_end_are_not_many_rows() -> None:
    """Programs save thousands of empty rows: they say nothing and are no reason to refuse."""
    assert seen("Case,Letters\nAmara,1\n" + ",\n" * 4000).letters == 1
