"""What single cells say."""

from datetime import date, datetime

import pytest

from producers.channels.sheet.grid import NOT_COMPUTED, Value
from producers.channels.sheet.values import BROKEN, NO_DAY, NO_NUMBER, Problem, day_in, number_in


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("850", 850),
        (" 850 ", 850),
        ("1 068", 1068),
        ("1.068", 1068),
        ("1,068", 1068),
        ("1'068", 1068),
        ("1\N{NO-BREAK SPACE}068", 1068),
        ("1\N{NARROW NO-BREAK SPACE}068", 1068),
        ("1\N{THIN SPACE}068", 1068),
        ("1.068.000", 1_068_000),
        ("٨٥٠", 850),
        ("\u0661\N{ARABIC THOUSANDS SEPARATOR}٠٦٨", 1068),
        ("850.0", 850),
        ("850,00", 850),
        ("0", 0),
        (850, 850),
        (850.0, 850),
        ("", None),
        (None, None),
        ("-", None),
        ("–", None),  # noqa: RUF001 (the dash that spreadsheets put for nothing)
    ],
)
def test_a_number_is_read_as_people_write_it(said: Value, number: int | None) -> None:
    """Spaces, dots, commas and apostrophes between thousands, digits of other scripts: the same whole number."""
    assert number_in(said) == number


@pytest.mark.parametrize(
    "said", ["1.5", "1,5", "10.68", "1.0680", "1 068.5", "1.068,000", "ca. 50", "50 letters", 1.068, True, "5e3", "½"]
)
def test_what_is_no_whole_number_is_no_number(said: Value) -> None:
    """A cell that may mean something else than a whole number is refused, never rounded."""
    assert number_in(said) == NO_NUMBER


@pytest.mark.parametrize("said", ["-5", -5, "\N{MINUS SIGN}5", "99999999999", 10**15])
def test_a_count_has_bounds(said: Value) -> None:
    """A negative count, and one beyond a planet's petition, are out of range."""
    found = number_in(said)
    assert isinstance(found, Problem)
    assert found.reason == "count_out_of_range"


@pytest.mark.parametrize("said", ["#REF!", "#DIV/0!", "#N/A", NOT_COMPUTED])
def test_a_broken_formula_is_no_value(said: str) -> None:
    """The error of a formula, or a formula that no program has computed, is neither a number nor a day."""
    assert number_in(said) == day_in(said) == BROKEN


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-12-10", datetime(2026, 12, 10)),  # noqa: DTZ001 (the campaign's time zone comes later)
        ("10.12.2026", datetime(2026, 12, 10)),  # noqa: DTZ001
        ("9. 1. 2026", datetime(2026, 1, 9)),  # noqa: DTZ001
        ("13/12/2026", datetime(2026, 12, 13)),  # noqa: DTZ001
        ("12/13/2026", datetime(2026, 12, 13)),  # noqa: DTZ001
        ("12/12/2026", datetime(2026, 12, 12)),  # noqa: DTZ001
        (datetime(2026, 12, 10, 18, 30), datetime(2026, 12, 10)),  # noqa: DTZ001
        (date(2026, 12, 10), datetime(2026, 12, 10)),  # noqa: DTZ001
        ("", None),
    ],
)
def test_a_day_that_can_mean_one_day_is_read(said: Value, day: datetime | None) -> None:
    """ISO 8601, day before month with dots, and slashes where only one order makes a day."""
    assert day_in(said) == day


def test_a_day_that_can_mean_two_is_asked_about() -> None:
    """12/10/2026 is the 12th of October or the 10th of December: the problem names both ways to write it."""
    found = day_in("12/10/2026")
    assert isinstance(found, Problem)
    assert "2026-10-12 or 2026-12-10" in found.why


@pytest.mark.parametrize("said", ["31.02.2026", "10.12.26", "December 10th", 46366, "2026"])
def test_what_is_no_day_is_no_day(said: Value) -> None:
    """A day that the calendar lacks, a year of two digits or a bare number is refused."""
    assert day_in(said) == NO_DAY
