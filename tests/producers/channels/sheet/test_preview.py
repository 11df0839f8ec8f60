"""What the person who sends a sheet is shown."""

from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from producers.channels.sheet.preview import COLUMNS, table_of
from tests.producers.channels.sheet.sheets import refused, seen

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
            *("3", "Case", "Iliya", "refused", "", "", "Liceum", ""),
            "unknown case: is 'ilya' meant? Then write it so",
        ),
        ("2", "Letters", "1.068", "counts", "1,068", "amara", "Liceum", "letter", ""),
        ("4", "Letters", "0", "left out", "", "", "Gimnazjum", "", "nothing to count"),
        ("5", "", "", "left out", "", "", "", "", "no number in this row"),
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
