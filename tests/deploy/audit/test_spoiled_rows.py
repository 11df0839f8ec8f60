"""Rows of ClickHouse that are not what the log says are found one by one."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from deploy.audit.history import History
from deploy.audit.rows import Row, spoiled_rows
from sinks.clickhouse.truth import place_of
from tests.histories import random_history

CAMPAIGN = "w4r-2026"


@given(st.integers(0, 2**32), st.integers(0, 150), st.data())
def test_a_row_that_was_changed_or_lost_is_named(seed: int, size: int, data: st.DataObject) -> None:
    """Rows as the log made them are passed over; one that says something else, is gone, or is of nobody, is named."""
    history = random_history(Random(seed), size, max(1, size // 2))
    one = History()
    for offset, report in enumerate(history):
        one.add(offset, report)
    standing = list(one.standing())
    rows = [Row(c.report_id, 1, c.offset, c.revision, c.letters, c.place) for c in standing]

    def named(rows: list[Row]) -> list[bytes]:
        return [x.report_id for x in spoiled_rows(one, rows, 1, len(history), CAMPAIGN) if x.sentence()]

    assert named(rows) == []
    ours = [row for row in rows if row.letters and row.place.campaign == CAMPAIGN]
    if ours:
        victim = data.draw(st.sampled_from(ours))
        others = [row for row in rows if row is not victim]
        assert named([*others, victim._replace(letters=victim.letters + 1)]) == [victim.report_id]
        assert named([*others, victim._replace(place=victim.place._replace(campaign="w4r-2025"))]) == [victim.report_id]
        assert named(others) == [victim.report_id]
        later = victim._replace(letters=99, offset=len(history))
        assert named([*others, later]) == []
    stray = Row(bytes(16), 1, 0, 0, 3, place_of(history[0]) if history else None)  # type: ignore[arg-type]
    if history and stray.place.campaign == CAMPAIGN and bytes(16) not in {row.report_id for row in rows}:
        assert named([*rows, stray]) == [bytes(16)]
