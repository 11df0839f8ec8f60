"""Totals in sheets."""

import pytest

from tests.producers.channels.sheet.sheets import counted, refused, seen


@pytest.mark.parametrize(
    "word",
    [
        *("Total", "Razem", "Gesamt", "Suma", "Total général", "Total general", "ŁĄCZNIE:", "Summe", "Somme"),
        *("المجموع", "Total letters", "Grand total"),
    ],
)
def test_a_total_that_agrees_is_no_letter(word: str) -> None:
    """A row that announces a sum in any of the languages is checked and not counted."""
    preview = seen(f"Event;Case;Letters\nLiceum;Amara;5\nLiceum;Rosa;1 063\n{word};;1.068\n")
    assert preview.letters == sum(counted(preview).values()) == 1068
    assert refused(preview) == []


@pytest.mark.parametrize(
    "text",
    [
        "Event;Case;Letters\nLiceum;Amara;5\nLiceum;Rosa;6\nRazem;;12\n",
        "Event;Amara;Rosa\nLiceum;5;6\nRazem;5;7\n",
        "Event;Amara;Rosa;Razem\nLiceum;5;6;12\n",
        "Event;Amara;Rosa;Razem\nLiceum;5;6;11\nRazem;5;6;12\n",
        "Event;Amara;Rosa;Letters\nLiceum;5;6;12\n",
        "Event;Amara;Rosa;Razem\nLiceum;5;6;many\n",
        "Event;Amara;Rosa\nLiceum;5;6\nRazem;5;many\n",
    ],
)
def test_a_total_that_disagrees_is_refused_with_its_sheet(text: str) -> None:
    """One number of such a sheet is wrong, and nobody knows which: none counts, none is taken back."""
    preview = seen(text)
    assert {refusal.reason for refusal in refused(preview)} == {"bad_value"}
    assert len(preview.readings) == len(refused(preview))
    assert preview.letters == 0
    assert {line.why for line in preview.lines if line.outcome == "left out"} == {"a total of this sheet disagrees"}


def test_a_total_that_disagrees_names_both_numbers() -> None:
    """The refusal says what the total says and what the numbers add up to."""
    (refusal,) = refused(seen("Event;Case;Letters\nLiceum;Amara;5\nLiceum;Rosa;6\nRazem;;12\n"))
    assert refusal.field == "Letters"
    assert refusal.detail == "row 4: this total says 12, but the numbers above add up to 11: mend one of them"


def test_a_row_that_may_be_a_total_or_an_event_is_asked_about() -> None:
    """An event may be called Total Recall Club: beside a case such a row is neither counted nor taken for a sum."""
    preview = seen("Event;Case;Letters\nA;Amara;5\nTotal Recall Club;Rosa;5\n")
    assert preview.letters == 5
    assert [refusal.detail[:27] for refusal in refused(preview)] == ["row 3: is this row a total?"]


def test_a_total_of_one_case_disagrees() -> None:
    """A row called Total that names a case is a sum like any other, and must be one."""
    assert seen("Event;Case;Letters\nA;Amara;5\nA;Rosa;6\nTotal;Amara;5\n").letters == 0


def test_subtotals_are_sums_since_the_last() -> None:
    """A total may be of its block, of all above it, or of the whole sheet."""
    preview = seen("Event;Case;Letters\nA;Amara;5\nA;Rosa;6\nTotal A;;11\nB;Amara;7\nTotal B;;7\nGrand total;;18\n")
    assert (preview.letters, refused(preview)) == (18, [])


def test_a_total_may_stand_above() -> None:
    """A total above the numbers is that of the whole sheet."""
    assert seen("Event;Case;Letters\nTotal;;11\nA;Amara;5\nA;Rosa;6\n").letters == 11


def test_the_sum_of_a_wide_sheet_may_stand_alone() -> None:
    """One number in a totals row is the whole sheet's, whatever column it stands in."""
    assert seen("Event;Amara;Rosa\nA;5;6\nB;1;2\nTotal;14;\n").letters == 14


def test_a_last_row_that_is_a_sum_must_say_so() -> None:
    """An unlabelled row with the sums of the others would double them: it is refused."""
    preview = seen("Date,Amara,Rosa\n,5,6\n,1,2\n,6,8\n")
    assert preview.letters == 0
    assert refused(preview)[0].detail.startswith("row 4: this row is the sum of those above")


def test_a_number_that_can_not_be_read_leaves_its_total_unchecked() -> None:
    """The wrong cell is refused for itself; the others count."""
    preview = seen("Event;Case;Letters\nA;Amara;5\nA;Rosa;many\nTotal;;11\n")
    assert preview.letters == 5
    assert [refusal.field for refusal in refused(preview)] == ["Letters"]
