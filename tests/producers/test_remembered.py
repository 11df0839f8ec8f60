"""What is remembered of a key tells a repeat from a change, however requests overlap."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from producers.channels.reports.read import Line, Submission
from producers.remembered import Remembered
from schemas.wire import Refusal

NOW = datetime(2026, 12, 10, tzinfo=UTC)


def said(*letters: int) -> Submission:
    return Submission(campaign="w4r-2026", country="FR", lines=[Line(case="amara", letters=count) for count in letters])


def test_a_key_that_failed_can_be_used_anew() -> None:
    """Only once nothing that was sent with it is accepted or about to be, other numbers may come, as a correction."""
    remembered = Remembered()
    assert remembered.meant("key", said(5, 2), NOW) == said(5, 2)
    assert remembered.meant("key", said(5, 2), NOW) == said(5, 2)
    remembered.failed("key")
    assert isinstance(remembered.meant("key", said(8), NOW), Refusal)
    remembered.failed("key")
    correction = remembered.meant("key", said(8), NOW)
    assert correction == said(8, 0).model_copy(update={"modified_at": NOW})
    assert isinstance(remembered.meant("key", said(5, 2), NOW), Refusal)


def test_what_was_accepted_once_stays_so() -> None:
    """A repeat that fails takes nothing from what was accepted before it."""
    remembered = Remembered()
    remembered.meant("key", said(5), NOW)
    remembered.meant("key", said(5), NOW)
    remembered.failed("key")
    assert isinstance(remembered.meant("key", said(8), NOW), Refusal)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(-5, 5)), min_size=1, max_size=10))
def test_of_a_form_the_last_numbers_are_the_newest(sent: list[tuple[int, int]]) -> None:
    """Each change has a higher moment than what came before, whatever the clock does; a repeat has the same."""
    remembered, newest, before = Remembered(), datetime.min.replace(tzinfo=UTC), 0
    for number, (letters, offset_ms) in enumerate(sent):
        meant = remembered.changed("key", said(letters), NOW + timedelta(milliseconds=offset_ms))
        moment = meant.modified_at or datetime.min.replace(tzinfo=UTC)
        assert (moment > newest) == (number > 0 and letters != before)
        newest, before = moment, letters
