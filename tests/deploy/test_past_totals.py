"""What was published of past years is read as it was said, or refused with what to do."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.import_history import steps_of
from deploy.past_totals import COLUMNS, read_totals

FILE = Path(__file__).parent / "past" / "write-for-rights.csv"
TODAY = date(2026, 11, 25)
HEADER = ",".join(COLUMNS)


def told(*lines: str, header: str = HEADER) -> list[str]:
    """Return what is wrong with a file of these lines."""
    totals, complaints = read_totals("\n".join([header, *lines]).encode(), TODAY)
    assert not complaints or len(totals) < max(1, len(lines))
    return [one.sentence() for one in complaints]


def test_the_known_figures_are_read_with_their_sources() -> None:
    """What pages say of Write for Rights is there to the letter, and where they differ each is kept."""
    totals, complaints = read_totals(FILE.read_bytes(), TODAY)
    assert complaints == []
    world = {(one.year, one.letters) for one in totals if one.scope == "world"}
    assert {(2015, 3_714_141), (2016, 4_660_774), (2017, 5_500_560), (2020, 4_496_875)} < world
    assert {letters for year, letters in world if year == 2018} == {5_796_150, 5_911_113, 5_912_113}
    assert all(one.source.startswith("https://") for one in totals)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("18,world,all,1,x,2019-03-01", "year: expected at least 1900"),
        ("2018.0,world,all,1,x,2019-03-01", "year: expected a whole number in digits without separators"),
        ("2018,planet,all,1,x,2019-03-01", "scope: expected 'world', 'case' or 'country'"),
        ("2018,world,,1,x,2019-03-01", "member: expected all"),
        ("2018,case,Atena Daemi,1,x,2019-03-01", "member: expected a case as campaigns name them"),
        ("2018,country,UK,1,x,2019-03-01", "member: expected the two capital letters of a country"),
        ('2018,world,all,"5,912,113",x,2019-03-01', "letters: expected a whole number in digits without separators"),
        ("2018,world,all,-1,x,2019-03-01", "letters: expected a whole number"),
        ("2018,world,all,1, ,2019-03-01", "source: expected a citation"),
        ("2018,world,all,1,x,01/03/2019", "as_of: expected a day, such as"),
        ("2018,world,all,1,x,2019-02-30", "as_of: expected a date, such as"),
        ("2018,world,all,1,x,2017-03-01", "as_of: expected a day of that year or later"),
        ("2018,world,all,1,x,2090-03-01", "as_of: expected a day that has come"),
        ("2018,world,all,1,a, b,2019-03-01", "expected 6 cells, found 7: a text with a comma stands in quotation"),
        ('2018,world,all,1,"x"y,2019-03-01', "expected CSV as spreadsheets write it"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(line: str, complaint: str) -> None:
    """Whatever is wrong with a line: number, field and what was expected are said, and the good line does not help."""
    (sentence,) = told("2018,world,all,1,good,2019-03-01", line)
    assert sentence.startswith(f"line 3: {complaint}")


def test_a_file_that_is_none_is_said_to_be_none() -> None:
    """Columns that are missing, or between other signs than commas, an empty file, other encodings."""
    columns = f"line 1: expected these columns, with commas between them: {HEADER}"
    assert told("2018;world;all;1;x;2019-03-01", header=HEADER.replace(",", ";")) == [columns]
    assert told("2018", header="year") == [columns]
    assert told(header="") == [columns]
    assert told() == ["line 1: expected a line for each total below the names of the columns"]
    assert "line 2: expected a text in UTF-8" in read_totals(b"year\n\xe9", TODAY)[1][0].sentence()
    twice = "2018,world,all,1,x,2019-03-01"
    assert told(twice, twice) == ["line 3: expected this total once: line 2 has it of that source"]


@given(columns=st.permutations(COLUMNS), has_mark=st.booleans())
def test_columns_may_stand_in_any_order(columns: list[str], *, has_mark: bool) -> None:
    """The names say what is what, with or without the mark that spreadsheets put before UTF-8."""
    cells = dict(zip(COLUMNS, ("2018", "world", "all", "7", "x, p. 3", "2019-03-01"), strict=True))
    line = ",".join(f'"{cells[name]}"' for name in columns)
    body = f"{','.join(columns)}\r\n{line}\r\n\r\n".encode("utf-8-sig" if has_mark else "utf-8")
    ((total,), complaints) = read_totals(body, TODAY)
    assert complaints == []
    assert (total.key, total.letters, total.as_of) == ((2018, "world", "all", "x, p. 3"), 7, date(2019, 3, 1))


def test_storing_says_what_it_would_do() -> None:
    """A total is new, is stored already, or replaces what its source said before, letters or day."""
    totals, _ = read_totals(f"{HEADER}\n2018,world,all,7,x,2019-03-01".encode(), TODAY)
    key = totals[0].key
    assert [one.does for one in steps_of(totals, {})] == ["new"]
    assert [one.does for one in steps_of(totals, {key: (7, date(2019, 3, 1))})] == ["is stored already"]
    assert [one.does for one in steps_of(totals, {key: (8, date(2019, 3, 1))})] == ["replaces 8 of 2019-03-01"]
    assert [one.does for one in steps_of(totals, {key: (7, date(2019, 2, 1))})] == ["replaces 7 of 2019-02-01"]
