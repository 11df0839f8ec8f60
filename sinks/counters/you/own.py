"""The letters of a receipt: what ClickHouse has of them, and what the receipt says that has not come there yet. Pure.

Not those of all receipts of one address: nobody has proven that an address is theirs, and whoever knows another's could
see how many letters that one has written, and for whom.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.identity import report_id_of
from schemas.receipt import Receipt


class Stored(NamedTuple):
    """A report as ClickHouse has it now; 0 letters where it was taken back."""

    report_id: str
    revision: int
    case: str
    letters: int


class Own(NamedTuple):
    """Letters by case; `waiting` are those that a person looks at before they count."""

    counted: Mapping[str, int]
    waiting: Mapping[str, int]


def ids_of(receipt: Receipt) -> list[str]:
    """Return the ids of the reports that a receipt is for, line by line."""
    numbers = range(len(receipt.lines))
    return [report_id_of(receipt.channel, receipt.source, receipt.submission, number) for number in numbers]


def own_letters(receipt: Receipt, stored: Iterable[Stored], most_per_line: int) -> Own:
    """Return the letters of the stored reports, and of the receipt's lines where those are newer.

    More letters in a line than the campaign takes unseen wait: what was there before them counts until then.
    """
    standing = {report.report_id: report for report in stored}
    waiting: dict[str, int] = {}
    for report_id, line in zip(ids_of(receipt), receipt.lines, strict=True):
        known = standing.get(report_id)
        if known and known.revision >= receipt.revision:
            continue
        if line.letters > most_per_line:
            waiting[line.case] = waiting.get(line.case, 0) + line.letters
        else:
            standing[report_id] = Stored(report_id, receipt.revision, line.case, line.letters)
    counted: dict[str, int] = {}
    for report in standing.values():
        if report.letters:
            counted[report.case] = counted.get(report.case, 0) + report.letters
    return Own(counted, waiting)
