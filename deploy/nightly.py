"""ControlShift's nightly file of any size: read through once to say what it would count, then batches to send."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from producers.channels.controlshift.bulk import rows_of
from producers.channels.controlshift.read import SignatureOfFile, read_row
from producers.channels.reading import Draft, Ignored, Refused
from producers.channels.source import Source

BATCH_ROWS: Final = 2000
"""Some 300 KB; a delivery may have a megabyte."""
_COLUMNS: Final = tuple(SignatureOfFile.model_fields)
"""All that is read; names and addresses of the web in the others need not leave the machine."""
_LONGEST_LINE: Final = 1 << 20
_MOST_SHOWN: Final = 20


class NightlyError(Exception):
    """A file can't be read to its end; the message says where and what to do."""


@dataclass
class Overview:
    """What a file would count, in rows; of what it would not, what and how often."""

    signatures: int = 0
    deletions: int = 0
    refused: int = 0
    broken: int = 0
    """Of the refused: no rows of the file's own columns, so they can't be sent to be kept among what was refused."""
    first_refused: list[Refused] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    """Rows of petitions that the source does not list, by the petition's number."""

    def sentences(self) -> Iterator[str]:
        """Yield it in words."""
        yield f"It would count {self.signatures:,} signatures and take back {self.deletions:,}."
        if self.others:
            most = ", ".join(f"{petition} ({rows:,})" for petition, rows in self.others.most_common(_MOST_SHOWN))
            more = f" and {len(self.others) - _MOST_SHOWN} more" if len(self.others) > _MOST_SHOWN else ""
            yield f"Ignored: {self.others.total():,} rows of petitions that the source does not list: {most}{more}."
        for refused in self.first_refused:
            yield f"refused, {refused.reason}: {f'{refused.field}: ' if refused.field else ''}{refused.detail}"
        if self.refused > len(self.first_refused):
            yield f"and {self.refused - len(self.first_refused):,} refused rows more"


def overview_of(file: BinaryIO, source: Source) -> Overview:
    """Return what the file would count; raises NightlyError where it can't be read as UTF-8."""
    overview = Overview()
    for number, row in rows_of(_lines(file)):
        match row if isinstance(row, Refused) else read_row(number, row, source):
            case Refused() as refused:
                overview.refused += 1
                overview.broken += isinstance(row, Refused)
                if len(overview.first_refused) < _MOST_SHOWN:
                    overview.first_refused.append(refused)
            case Ignored() if not isinstance(row, Refused):
                overview.others[row["petition_id"]] += 1
            case Draft(withdrawn=True):
                overview.deletions += 1
            case _:
                overview.signatures += 1
    return overview


def batches_of(file: BinaryIO, source: Source) -> Iterator[bytes]:
    """Yield the rows of the source's petitions as smaller files, with nothing but the columns that are read."""
    batch: list[dict[str, str]] = []
    for number, row in rows_of(_lines(file)):
        if isinstance(row, Refused) or isinstance(read_row(number, row, source), Ignored):
            continue  # told by the overview
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield _written(batch)
            batch.clear()
    if batch:
        yield _written(batch)


def _written(rows: Iterable[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _lines(file: BinaryIO) -> Iterator[str]:
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise NightlyError(f"line {number} is longer than 1 MB: is it a CSV file as the platform exports it?")
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            remedy = "export it anew without opening it in a spreadsheet, or save it as UTF-8 with the true encoding"
            raise NightlyError(f"line {number} is not UTF-8, so names and addresses would be wrong: {remedy}") from None
