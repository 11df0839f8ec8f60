"""XLSX files: what programs save, and what somebody made to break the reader."""

import subprocess
import sys
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from producers.channels.reading import Draft, Refused
from producers.channels.sheet.preview import Preview
from producers.channels.sheet.read import preview_of
from producers.channels.sheet.workbook import MOST_OF_OTHERS, MOST_UNPACKED
from tests.producers.channels.sheet.sheets import SENT_AT, SOURCE, counted, refused, saved, workbook_of

_SHEET = "xl/worksheets/sheet1.xml"
_TEXTS = "xl/sharedStrings.xml"
_TYPES = "[Content_Types].xml"
_TEXTS_TYPE = (
    '<Override PartName="/xl/sharedStrings.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
_SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_ROOT = Path(__file__).parents[4]
_MOST_MEMORY = 256 << 20
"""What README.md promises."""
_NUMBERS = "<row>" + "<c><v>1</v></c>" * 200 + "</row>"
_NAMED = '<sheet name="a" sheetId="1"/>'


def _previewed(file: bytes) -> Preview:
    return preview_of(file, SOURCE, SENT_AT)


def _with_part(name: str, content: str, compression: int = zipfile.ZIP_DEFLATED, **parts: str) -> bytes:
    """Return a workbook with one part replaced or added, and texts (`shared`) apart from their cells."""
    source = zipfile.ZipFile(BytesIO(saved(workbook_of(("Case", "Letters"), ("Amara", 5)))))
    changed = {part: source.read(part).decode() for part in source.namelist()} | {name: content}
    if name != _TYPES:
        changed[_TYPES] = changed[_TYPES].replace("</Types>", _TEXTS_TYPE + "</Types>")
    changed.setdefault(_TEXTS, parts.get("shared", f"<sst {_SPACE}/>"))
    made = BytesIO()
    with zipfile.ZipFile(made, "w", compression) as target:
        for part, text in changed.items():
            target.writestr(part, text)
    return made.getvalue()


def _cells(inside: str) -> str:
    return f"<worksheet {_SPACE}><sheetData>{inside}</sheetData></worksheet>"


def _filled(before: str, unit: str, after: str, size: int) -> str:
    return before + unit * ((size - len(before) - len(after)) // len(unit)) + after


def test_a_workbook_is_read_as_text_is() -> None:
    """Titles, numbers as numbers and as text, dates as dates, an empty row, a total."""
    preview = _previewed(
        saved(
            workbook_of(
                ("Maraton listów",),
                (),
                ("Event", "Date", "Case", "Letters"),
                ("Liceum", date(2026, 12, 10), "Amara Okello", 1068),
                (),
                ("Liceum", date(2026, 12, 11), "Rosa", "1 000"),
                ("Razem", None, None, 2068.0),
            )
        )
    )
    drafts = [reading for reading in preview.readings if isinstance(reading, Draft) and not reading.withdrawn]
    assert [(d.case, d.letters, str(d.written_at)) for d in drafts] == [
        ("amara", 1068, "2026-12-10 00:00:00"),
        ("rosa", 1000, "2026-12-11 00:00:00"),
    ]
    assert [line.row for line in preview.lines] == [4, 6]
    assert preview.notes == ("read as XLSX, sheet Sheet", "headings in row 3")


def test_merged_cells_say_the_same_in_every_row() -> None:
    """An event merged over three rows is that of all three."""
    workbook = workbook_of(
        ("Event", "Case", "Letters"), ("Liceum", "Amara", 5), (None, "Rosa", 6), (None, "Ilya", 7), ("Dom", "Ilya", 8)
    )
    workbook.worksheets[0].merge_cells("A2:A4")
    assert counted(_previewed(saved(workbook))) == {
        ("Liceum", "amara", "letter"): 5,
        ("Liceum", "rosa", "letter"): 6,
        ("Liceum", "ilya", "letter"): 7,
        ("Dom", "ilya", "letter"): 8,
    }


def test_merged_titles_are_titles() -> None:
    """A title merged over the headings' columns changes nothing."""
    workbook = workbook_of(("Maraton",), ("Event", "Amara", "Rosa"), ("Liceum", 5, 6))
    workbook.worksheets[0].merge_cells("A1:C1")
    assert _previewed(saved(workbook)).letters == 11


def test_a_merged_number_is_asked_about() -> None:
    """One number over two cases may be each one's or both's: neither counts."""
    workbook = workbook_of(("Event", "Amara", "Rosa"), ("Liceum", 5, None), ("Dom", 1, 2))
    workbook.worksheets[0].merge_cells("B2:C2")
    preview = _previewed(saved(workbook))
    assert preview.letters == 3
    assert {refusal.detail.partition(":")[2][:20] for refusal in refused(preview)} == {" this cell is merged"}


def test_a_formula_says_what_was_computed() -> None:
    """The value that the program saved with a formula counts; a formula that no program has computed is refused."""
    computed = _previewed(_with_part(_SHEET, _cells(_HEAD + '<c r="B2"><f>2+3</f><v>5</v></c></row>')))
    assert computed.letters == 5
    workbook = workbook_of(("Case", "Letters"), ("Amara", "=2+3"), ("Rosa", 6))
    preview = _previewed(saved(workbook))
    assert preview.letters == 6
    assert [(r.field, r.detail[:25]) for r in refused(preview)] == [("Letters", "row 2: this formula has n")]


_HEAD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Case</t></is></c><c r="B1" t="inlineStr"><is><t>Letters</t></is></c>'
    '</row><row r="2"><c r="A2" t="inlineStr"><is><t>Amara</t></is></c>'
)


def test_texts_apart_from_their_cells_are_read() -> None:
    """Most programs save each text once, some in runs of different looks, and number them."""
    shared = (
        f"<sst {_SPACE}><si><t>Case</t></si><si><t>Letters</t></si>"
        "<si><r><t>Amara</t></r><r><rPr><b/></rPr><t> Okello</t></r></si><si><t>1 068</t></si></sst>"
    )
    cell = '<c r="{}" t="s"><v>{}</v></c>'
    rows = f"<row r='1'>{cell.format('A1', 0)}{cell.format('B1', 1)}</row>"
    rows += f"<row r='2'>{cell.format('A2', 2)}{cell.format('B2', 3)}</row>"
    preview = _previewed(_with_part(_SHEET, _cells(rows), shared=shared))
    assert counted(preview) == {(None, "amara", "letter"): 1068}


def test_cells_without_addresses_are_read() -> None:
    """Some programs leave out where a cell stands: it stands behind the last."""
    text = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = f"<row>{text.format('Case')}{text.format('Letters')}</row><row>{text.format('Amara')}<c><v>5</v></c></row>"
    assert _previewed(_with_part(_SHEET, _cells(rows))).letters == 5


def test_only_one_sheet_may_say_something() -> None:
    """Empty sheets are passed over, a hidden one is named, and of two with content neither counts."""
    workbook = workbook_of(("Case", "Letters"), ("Amara", 5))
    workbook.create_sheet("Sheet2")
    workbook.create_sheet("Old").append(("Case", "Letters"))
    workbook["Old"].sheet_state = "hidden"
    preview = _previewed(saved(workbook))
    assert preview.letters == 5
    assert preview.notes == ("read as XLSX, sheet Sheet", "hidden and not read: 1 sheets")
    workbook["Sheet2"].append(("Case", "Letters"))
    (refusal,) = refused(_previewed(saved(workbook)))
    assert refusal.detail == "2 sheets of this file say something (Sheet, Sheet2): send one a file"


def test_a_sheet_can_be_sent_as_text_and_as_workbook() -> None:
    """The same sheet in both forms has the same readings."""
    text = preview_of(b"Case,Letters\nAmara,5\n", SOURCE, SENT_AT)
    assert _previewed(saved(workbook_of(("Case", "Letters"), ("Amara", 5)))).readings == text.readings


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(_with_part(_SHEET, _cells("<row/>" * (MOST_UNPACKED // 6))), id="unpacks to more than is read"),
        pytest.param(_with_part("xl/styles.xml", " " * (MOST_OF_OTHERS + 1)), id="styles beyond their bound"),
        pytest.param(_with_part("xl/workbook.xml", " " * (64 << 20)), id="a workbook of 64 MB"),
        pytest.param(_with_part(_SHEET, _cells(_HEAD + '<c r="XFD1048576"><v>1</v></c></row>')), id="a cell far away"),
        pytest.param(_with_part(_SHEET, " " * (64 << 20), zipfile.ZIP_LZMA), id="64 MB packed so that all unpacks"),
        pytest.param(_with_part(_SHEET, _cells("") + '<!DOCTYPE x [<!ENTITY a "b">]>'), id="entities"),
        pytest.param(_with_part(_SHEET, _cells("<row><c>" * 2000)), id="broken nesting"),
        pytest.param(_with_part(_SHEET, "<a>" * 100_000 + "</a>" * 100_000), id="deep nesting"),
        pytest.param(_with_part(_TYPES, "<a/>"), id="no parts named"),
        pytest.param(b"PK\x03\x04" + b"\x00" * 100, id="no archive"),
        pytest.param(saved(Workbook())[:-30], id="cut off"),
        pytest.param(saved(Workbook()), id="empty"),
    ],
)
def test_a_broken_or_hostile_workbook_is_refused(file: bytes) -> None:
    """Whatever a file unpacks to, names or nests, it is one refusal."""
    (refusal,) = _previewed(file).readings
    assert isinstance(refusal, Refused)
    assert refusal.reason in {"unreadable", "too_large", "nothing_to_count", "missing_field"}


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    """What is unpacked is bounded by what comes out, not by what the file says of itself."""
    file = bytearray(_with_part(_SHEET, _cells(" " * (64 << 20))))
    at = file.rindex(_SHEET.encode()) - 46  # the part's entry in the archive's directory
    assert file[at : at + 4] == b"PK\x01\x02"
    file[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    (refusal,) = _previewed(bytes(file)).readings
    assert isinstance(refusal, Refused)


_FITTING = MOST_UNPACKED - 4000
"""Room for the other parts."""
_HEAVY = {
    "cells": (_SHEET, f"<worksheet {_SPACE}><sheetData><row>", "<c/>", "</row></sheetData></worksheet>", _FITTING),
    "numbers": (_SHEET, f"<worksheet {_SPACE}><sheetData>", _NUMBERS, "</sheetData></worksheet>", _FITTING),
    "rows": (_SHEET, f"<worksheet {_SPACE}><sheetData>", "<row/>", "</sheetData></worksheet>", _FITTING),
    "merges": (_SHEET, f"<worksheet {_SPACE}>", '<mergeCell ref="A1:XFD1048576"/>', "</worksheet>", _FITTING),
    "texts": (_TEXTS, f"<sst {_SPACE}>", "<si/>", "</sst>", _FITTING),
    "styles": ("xl/styles.xml", f"<styleSheet {_SPACE}><cellXfs>", "<xf/>", "</cellXfs></styleSheet>", MOST_OF_OTHERS),
    "sheets": ("xl/workbook.xml", f"<workbook {_SPACE}><sheets>", _NAMED, "</sheets></workbook>", MOST_OF_OTHERS),
}
_MEASURED = """
import resource, sys
from producers.channels.sheet.read import preview_of
from tests.producers.channels.sheet.sheets import SENT_AT, SOURCE
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for file in sys.argv[1:]:
    readings = preview_of(open(file, "rb").read(), SOURCE, SENT_AT).readings
    assert readings
    assert "too_large" not in {getattr(reading, "reason", None) for reading in readings}, file
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_no_file_takes_more_memory_than_promised(tmp_path: Path) -> None:
    """The worst that fits the bounds of a file, one after the other in a process, stays within the bound of memory."""
    files = []
    for name, (part, before, unit, after, size) in _HEAVY.items():
        files.append(tmp_path / f"{name}.xlsx")
        files[-1].write_bytes(_with_part(part, _filled(before, unit, after, size)))
    command = [sys.executable, "-c", _MEASURED, *map(str, files)]
    grown_kib = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True, timeout=240).stdout
    assert int(grown_kib) << 10 < _MOST_MEMORY
