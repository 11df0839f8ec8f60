"""A CSV of what was published of past years -> rows of `published_totals`, or what is wrong with it. Pure."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from schemas.complaints import complaint_of
from schemas.countries import COUNTRIES
from schemas.report import SLUG
from schemas.tally import WORLD_MEMBER

COLUMNS: Final = ("year", "scope", "member", "letters", "source", "as_of")
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_YEAR: Final = 1900
_LONGEST_SOURCE: Final = 500
Key = tuple[int, str, str, str]
"""Year, scope, member and source: what a later import of the same replaces."""


class Complaint(NamedTuple):
    """What is wrong with a line, and what was expected there."""

    line: int
    field: str | None
    expected: str

    def sentence(self) -> str:
        """Return it on one line."""
        return f"line {self.line}: {f'{self.field}: ' if self.field else ''}{self.expected}"


def _number(said: object) -> object:
    """Take plain digits only: a number with separators may mean another in the next country."""
    if not _NUMBER.fullmatch(str(said)):
        raise ValueError("expected a whole number in digits without separators, such as 5912113")
    return int(str(said))


def _day(said: object) -> object:
    """Take one way of writing days only: 10/12 is two days."""
    if not _DAY.fullmatch(str(said)):
        raise ValueError("expected a day, such as 2019-03-31")
    return said


def _source(said: object) -> object:
    """Take what can be looked up, on one line."""
    text = str(said).strip()
    if not text or len(text) > _LONGEST_SOURCE or not text.isprintable():
        raise ValueError(f"expected a citation, an address or a document on one line of 1 to {_LONGEST_SOURCE} letters")
    return text


class PastTotal(BaseModel):
    """One published total, as the source gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    year: Annotated[int, BeforeValidator(_number), Field(ge=_FIRST_YEAR)]
    scope: Literal["world", "case", "country"]
    member: str
    letters: Annotated[int, BeforeValidator(_number)]
    source: Annotated[str, BeforeValidator(_source)]
    as_of: Annotated[date, BeforeValidator(_day)]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.scope == "world" and self.member != WORLD_MEMBER:
            raise _mistake("member", f"expected {WORLD_MEMBER}, the one member of the world")
        if self.scope == "case" and not SLUG.fullmatch(self.member):
            raise _mistake("member", "expected a case as campaigns name them: small letters, digits and hyphens")
        if self.scope == "country" and self.member not in COUNTRIES:
            raise _mistake("member", "expected the two capital letters of a country (ISO 3166-1), such as NO")
        if self.as_of.year < self.year:
            raise _mistake("as_of", "expected a day of that year or later: nothing is published before it is written")
        return self

    @property
    def key(self) -> Key:
        """What a later import of the same replaces."""
        return self.year, self.scope, self.member, self.source


def read_totals(body: bytes, today: date) -> tuple[list[PastTotal], list[Complaint]]:
    """Return the totals of a file and everything that is wrong with it: unless nothing is, none may be stored."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        return [], [Complaint(line, None, "expected a text in UTF-8: save the sheet as CSV in that encoding")]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    totals: list[PastTotal] = []
    complaints: list[Complaint] = []
    lines: dict[Key, int] = {}
    try:
        header = next(reader, [])
        if sorted(header) != sorted(COLUMNS):
            return [], [Complaint(1, None, f"expected these columns, with commas between them: {','.join(COLUMNS)}")]
        for cells in filter(None, reader):
            line = reader.line_num
            read = _read_row(line, header, cells, today)
            if isinstance(read, PastTotal) and read.key in lines:
                read = [
                    Complaint(line, None, f"expected this total once: line {lines[read.key]} has it of that source")
                ]
            if isinstance(read, PastTotal):
                lines[read.key] = line
                totals.append(read)
            else:
                complaints += read
    except csv.Error as error:
        complaints.append(Complaint(reader.line_num, None, f"expected CSV as spreadsheets write it ({error})"))
    if not totals and not complaints:
        complaints.append(Complaint(1, None, "expected a line for each total below the names of the columns"))
    return totals, complaints


def _read_row(line: int, header: list[str], cells: list[str], today: date) -> PastTotal | list[Complaint]:
    if len(cells) != len(header):
        wanted = f"expected {len(header)} cells, found {len(cells)}: a text with a comma stands in quotation marks"
        return [Complaint(line, None, wanted)]
    try:
        total = PastTotal.model_validate(dict(zip(header, cells, strict=True)))
    except ValidationError as error:
        return list(_complaints(line, error))
    if total.as_of > today:
        return [Complaint(line, "as_of", "expected a day that has come: what is not published yet is not known")]
    return total


def _complaints(line: int, error: ValidationError) -> Iterator[Complaint]:
    for one in error.errors(include_url=False, include_input=False):
        where = one["loc"] or (one.get("ctx", {}).get("where"),)
        yield Complaint(line, None if where[0] is None else str(where[0]), complaint_of(one))


def _mistake(field: str, message: str) -> PydanticCustomError:
    """Return an error of the whole line that still knows its field."""
    return PydanticCustomError("inconsistent", "{message}", {"message": message, "where": field})
