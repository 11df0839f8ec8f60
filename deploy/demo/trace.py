"""A recorded petition: how its signatures changed, country by country, read from a file that must be whole."""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from schemas.countries import COUNTRIES
from schemas.report import UNKNOWN_COUNTRY

COLUMNS: Final = ("snapshot", "updated_at", "country", "delta", "cumulative")
_LONGEST_COUNTRY: Final = 20


class TraceError(Exception):
    """A trace can't be played; the message names file, line, field and remedy."""


class Change(NamedTuple):
    """By how much one country's count changed at a moment, and what it was then."""

    at: datetime
    country: str
    delta: int
    cumulative: int


def read_trace(path: Path) -> list[Change]:
    """Return every change of a CSV file, or of a gzip of one named .gz; raises TraceError."""
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") if _is_gzip(path) else _open(path) as file:
            changes = list(_read(path, file))
    except OSError as error:  # gzip's own complaint is one too
        raise TraceError(f"--trace: {path}: {error.strerror or error}: name a file that can be read") from None
    except (EOFError, zlib.error) as error:
        raise TraceError(f"--trace: {path}: expected a whole gzip file ({error}): fetch it again") from None
    except UnicodeDecodeError:
        raise TraceError(f"--trace: {path}: expected CSV in UTF-8: save it so, or name a gzip of it .gz") from None
    except csv.Error as error:
        raise TraceError(f"--trace: {path}: expected CSV ({error}): save it so") from None
    if not changes:
        raise TraceError(f"--trace: {path}: expected at least one line below the header: add one")
    return changes


def reported_country(country: str) -> str:
    """Return the country under which a report may be made: itself, or ZZ where ISO 3166-1 has none of that name."""
    return country if country in COUNTRIES else UNKNOWN_COUNTRY


def reported_as_unknown(changes: Iterable[Change]) -> dict[str, int]:
    """Return what stands at the end for each name that is reported as ZZ although the file calls it otherwise."""
    return {country: n for country, n in _last(changes).items() if reported_country(country) != country}


def totals_by_country(changes: Iterable[Change]) -> dict[str, int]:
    """Return what the file itself says at the end, by the country under which it is reported."""
    totals: dict[str, int] = {}
    for country, cumulative in _last(changes).items():
        reported = reported_country(country)
        totals[reported] = totals.get(reported, 0) + cumulative
    return {country: letters for country, letters in totals.items() if letters}


def _last(changes: Iterable[Change]) -> dict[str, int]:
    return {change.country: change.cumulative for change in changes}


def _is_gzip(path: Path) -> bool:
    return path.suffix == ".gz"


def _open(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", newline="")


def _read(path: Path, file: TextIO) -> Iterator[Change]:
    rows = csv.DictReader(file, strict=True)
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        found = ",".join(rows.fieldnames or ()) or "nothing"
        wanted = f"expected the columns {','.join(COLUMNS)}, found {found[:200]}"
        raise TraceError(f"--trace: {path}:1: {wanted}: add {', '.join(missing)}")
    standing: dict[str, int] = {}
    for row in rows:
        yield _change(f"--trace: {path}:{rows.line_num}", row, standing)


def _change(where: str, row: Mapping[str, str | None], standing: dict[str, int]) -> Change:
    """Return one line's change; what stands afterwards must be what the line says, else no replay can come to it."""
    country = row["country"] or ""
    if not 0 < len(country) <= _LONGEST_COUNTRY:
        raise TraceError(f"{where}: country: expected a code such as FR, found {country!r}: correct the line")
    try:
        at = datetime.fromisoformat(row["updated_at"] or "")
    except ValueError:
        raise TraceError(f"{where}: updated_at: expected a moment as in ISO 8601: correct the line") from None
    if at.tzinfo is None:
        raise TraceError(f"{where}: updated_at: expected a moment with its offset, such as ...Z: correct the line")
    delta, cumulative = (_number(where, row, name) for name in ("delta", "cumulative"))
    known = standing.get(country, 0)
    if cumulative != known + delta or cumulative < 0:
        wanted = (
            f"expected {known + delta}, which is {known} so far and {delta}" if cumulative >= 0 else "expected 0 up"
        )
        raise TraceError(
            f"{where}: cumulative: {wanted}, found {cumulative}: give every line since the first signature"
        )
    standing[country] = cumulative
    return Change(at, country, delta, cumulative)


def _number(where: str, row: Mapping[str, str | None], name: str) -> int:
    try:
        return int(row[name] or "")
    except ValueError:
        raise TraceError(f"{where}: {name}: expected a whole number, found {row[name]!r}: correct the line") from None
