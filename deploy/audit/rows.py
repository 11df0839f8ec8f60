"""Which rows of ClickHouse are not what the log says of their report. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from deploy.audit.history import Change, History
from sinks.clickhouse.truth import Place


class Row(NamedTuple):
    """A standing report as ClickHouse has it."""

    report_id: bytes
    epoch: int
    offset: int
    revision: int
    letters: int
    place: Place


class Spoiled(NamedTuple):
    """A report of which the log and ClickHouse say two things; None where one of them does not have it."""

    report_id: bytes
    log: Change | None
    row: Row | None

    def sentence(self) -> str:
        """Return it on one line."""
        sides = f"the log says {_said(self.log)}, ClickHouse {_said(self.row)}"
        return f"report {UUID(bytes=self.report_id)}: {sides}"


def spoiled_rows(history: History, rows: Iterable[Row], epoch: int, version: int, campaign: str) -> Iterator[Spoiled]:
    """Yield the reports of a campaign whose row differs; rows of records after `version` are not looked at."""
    missing = {change.report_id: change for change in history.standing()}
    for row in rows:
        change = missing.pop(row.report_id, None)
        if row.epoch == epoch and row.offset >= version:
            continue
        campaigns = {row.place.campaign, change.place.campaign if change else None}
        if campaign in campaigns and _counted(change) != _counted(row):
            yield Spoiled(row.report_id, change, row)
    for report_id, change in missing.items():
        if change.place.campaign == campaign and change.letters:
            yield Spoiled(report_id, change, None)


def _counted(one: Change | Row | None) -> tuple[int, Place] | None:
    return (one.letters, one.place) if one is not None and one.letters else None


def _said(one: Change | Row | None) -> str:
    if one is None:
        return "has none of it"
    return f"{one.letters:,} letters for {'/'.join(one.place)} (revision {one.revision}, offset {one.offset})"
