"""What the person who sends a sheet is shown."""

from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from producers.channels.sheet.preview import COLUMNS, table_of
from producers.channels.sheet.read import preview_of
from tests.producers.channels.sheet.sheets import CAMPAIGN, SENT_AT, SOURCE, refused, seen

_SHEET = """\
Event;Case;Letters
Liceum;Amara;1.068
Liceum;Iliya;5
Gimnazjum;Rosa;0
Gimnazjum;Ilya;
"""


def test_each_row_says_what_it_counts_or_why_not() -> None:
    """Row, column and value of each number; what must be mended comes first."""
    assert list(table_of(seen(_SHEET))) == [
        (
            *("3", "Case", "Iliya", "refused", "", "", "Liceum", "", "", ""),
            "unknown case: is 'ilya' meant? Then write it so",
        ),
        ("2", "Letters", "1.068", "counts", "1,068", "amara", "Liceum", "ZZ", "", "letter", ""),
        ("4", "Letters", "0", "left out", "", "", "Gimnazjum", "", "", "", "nothing to count"),
        ("5", "", "", "left out", "", "", "", "", "", "", "no number in this row"),
    ]


def test_rows_fit_a_table() -> None:
    """Each row has a text under every heading, and is shown as it is, whatever brackets or escapes are in it."""
    table = Table(*COLUMNS)
    for row in table_of(seen("Event;Case;Letters\n[red]Liceum\x1b[31m;Amara;5\n")):
        table.add_row(*map(Text, row))
    printed = StringIO()
    Console(width=200, file=printed).print(table)
    shown = printed.getvalue()
    assert "[red]Liceum" in shown
    assert "\x1b" not in shown


def test_long_texts_are_cut_for_the_table_only() -> None:
    """A cell of the table has at most 60 characters; what is counted keeps all of them."""
    preview = seen(f"Event,Case,Letters\n{'x' * 150},Amara,5\n")
    (row,) = table_of(preview)
    assert len(row[COLUMNS.index("event")]) == 60
    assert preview.lines[0].event == "x" * 150


def test_the_preview_and_the_readings_agree() -> None:
    """What the lines count is what the drafts count, and each refusal's rows are refused lines."""
    preview = seen(_SHEET)
    assert preview.letters == 1068
    assert len(refused(preview)) == len({line.why for line in preview.lines if line.outcome == "refused"}) == 1


def test_what_is_not_read_is_named() -> None:
    """Columns that nobody knows are named in a note, with how the file was read."""
    assert seen("Event,Teacher,Case,Letters\nLiceum,Ms N.,Amara,5\n").notes == (
        "read as UTF-8, separated by commas",
        "columns not read: Teacher",
    )


def test_country_and_day_are_those_that_would_count() -> None:
    """A country is shown as its code, one that no row names is the source's, and each line has its day."""
    source = SOURCE.model_copy(update={"country": "PL"})
    sheet = "Case,Letters,Country,Date\namara,5,Niemcy,2026-12-10\nilya,3,,10.12.2026\nrosa,2,UK,\n"
    places = [(row[COLUMNS.index("country")], row[COLUMNS.index("date")]) for row in table_of(seen(sheet, source))]
    assert places == [("DE", "2026-12-10"), ("PL", "2026-12-10"), ("GB", "")]


def test_a_country_that_nobody_knows_is_refused_with_its_row() -> None:
    """What names no country is refused by heading and row, and no letter of that row counts."""
    preview = seen("Case,Letters,Country\namara,5,Atlantis\nilya,3,Polska\n")
    (refusal,) = refused(preview)
    assert (refusal.reason, refusal.field) == ("bad_value", "Country")
    assert refusal.detail.startswith("row 2: expected a country")
    assert preview.letters == 3


def test_the_same_country_in_two_languages_is_one() -> None:
    """Rows of one event add up whether they name their country by code or by name."""
    assert seen("Event,Case,Letters,Country\nA,amara,5,Polska\nA,amara,6,PL\n").letters == 11


@pytest.mark.parametrize("day", ["2026-12-25", "2019-01-01", "2025-10-30"])
def test_a_day_that_cannot_be_is_refused_with_its_row(day: str) -> None:
    """A day more than one ahead of the sending, or over a year before the campaign opens, is refused."""
    preview = preview_of(f"Case,Letters,Date\namara,5,{day}\n".encode(), SOURCE, SENT_AT, CAMPAIGN)
    (refusal,) = refused(preview)
    assert (refusal.reason, refusal.field) == ("bad_value", "Date")
    assert refusal.detail.startswith("row 2: expected a day from 2025-10-31 on")


def test_what_will_wait_says_so_and_why() -> None:
    """Rows whose report says more than the campaign's limit wait, those that add up to more among them."""
    sheet = b"Event,Case,Letters\nA,amara,600\nA,amara,600\nA,rosa,1000\nB,ilya,1001\n"
    preview = preview_of(sheet, SOURCE, SENT_AT, CAMPAIGN)
    assert [(line.row, line.outcome) for line in preview.lines] == [
        *((2, "waits"), (3, "waits"), (4, "counts"), (5, "waits"))
    ]
    assert (preview.letters, preview.letters_waiting) == (1000, 2201)
    first = next(table_of(preview))
    assert first[COLUMNS.index("why")].startswith("more than 1,000 letters at one event on one case")
    own = SOURCE.model_copy(update={"most_letters": 5000})
    assert preview_of(sheet, own, SENT_AT, CAMPAIGN).letters_waiting == 0
