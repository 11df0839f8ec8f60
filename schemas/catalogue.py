"""The campaign catalogue: which campaigns, cases and events there are, and when and how much may be reported."""

import re
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from schemas.report import MOST_LETTERS, NO_EVENT, Country, Slug

Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\r\n]+$")]
_REMEDY: Final = "see campaign.toml in deploy/demo for an example"


class CatalogueError(Exception):
    """A catalogue can't be used; the message names file, line and remedy."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Case(_Strict):
    """A person or group whose rights are violated, for whom letters are written."""

    case: Slug
    name: Line
    country: Country
    line: Line


class Event(_Strict):
    """A letter-writing event."""

    event: Slug
    name: Line
    place: Line
    country: Country
    date: date

    @field_validator("event")
    @classmethod
    def _is_not_reserved(cls, event: str) -> str:
        if event == NO_EVENT:
            raise ValueError(f"{NO_EVENT!r} stands for reports without an event: choose another")
        return event


class Limits(_Strict):
    """The most that one submission may say before a person has to look."""

    letters_per_line: int = Field(1000, ge=1, le=MOST_LETTERS)
    lines: int = Field(50, ge=1, le=1000)


class Campaign(_Strict):
    """One campaign of one year; times without an offset are in its time zone."""

    campaign: Slug
    title: Line
    time_zone: str
    opens: datetime
    closes: datetime
    late_until: datetime
    goal: int = Field(ge=1)
    limits: Limits = Limits()  # type: ignore[call-arg]  # all fields have defaults
    cases: tuple[Case, ...] = Field(min_length=1)
    events: tuple[Event, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("expected a name of the time zone database, such as Europe/Warsaw") from None
        return name

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if not self.at(self.opens) < self.at(self.closes) <= self.at(self.late_until):
            raise ValueError("expected opens < closes <= late_until")
        for name, slugs in (("case", [c.case for c in self.cases]), ("event", [e.event for e in self.events])):
            if twice := {slug for slug in slugs if slugs.count(slug) > 1}:
                raise ValueError(f"{name} {min(twice)!r} stands here twice")
        return self

    def at(self, moment: datetime) -> datetime:
        """Return the moment with the campaign's time zone where it has none of its own."""
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.time_zone))


class Catalogue(_Strict):
    """Every campaign by its slug."""

    campaigns: dict[str, Campaign]


def load_catalogue(path: Path) -> Catalogue:
    """Return the campaigns of a file, or of every *.toml of a folder; raises CatalogueError."""
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise CatalogueError(f"{path}: expected a campaign.toml, found none: {_REMEDY}")
    campaigns: dict[str, Campaign] = {}
    for file in files:
        campaign = _load(file)
        if campaign.campaign in campaigns:
            raise CatalogueError(f"{file}: campaign {campaign.campaign!r} is in another file already: rename one")
        campaigns[campaign.campaign] = campaign
    return Catalogue(campaigns=campaigns)


def _load(file: Path) -> Campaign:
    try:
        text = file.read_text("utf-8")
        return Campaign.model_validate(tomllib.loads(text))
    except OSError as error:
        raise CatalogueError(f"{file}: {error.strerror}: set TALLY_CAMPAIGNS to a file or a folder") from None
    except UnicodeDecodeError:
        raise CatalogueError(f"{file}: expected UTF-8: save it so") from None
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{file}: {error}: {_REMEDY}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "campaign"
        raise CatalogueError(f"{file}:{_line_of(text, first['loc'])}: {where}: {first['msg']}: {_REMEDY}") from None


def _line_of(text: str, location: tuple[Any, ...]) -> int:
    """Return the line (from 1) of a key such as ("cases", 1, "name"), or of the table it is missing from."""
    table = next((part for part in location if part in {"cases", "events", "limits"}), None)
    wanted = next((part for part in location if isinstance(part, int)), 0)
    key, found, current, seen = location[-1] if location else "", 1, None, -1
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([\w-]+)", line):
            current, seen = header[1], seen + 1 if header[1] == current else 0
            found = number if (current, seen) == (table, wanted) else found
        elif (
            current == table and (table is None or seen == wanted) and re.match(rf"\s*{re.escape(str(key))}\s*=", line)
        ):
            return number
    return found
