"""The campaign catalogue: which campaigns, cases and events there are, and when and how much may be reported."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from schemas.configuration import ConfigurationError, files_of, line_of, parse, read_text
from schemas.event import Line
from schemas.report import MOST_LETTERS, NO_EVENT, Country, Slug
from schemas.tally import SCOPES, Scope

_REMEDY: Final = "see campaign.toml in deploy/demo for an example"
HUMAN_RIGHTS_DAY: Final = "human-rights-day"
"""The window that every campaign has: its 10th of December, wherever on Earth it is."""
_LONGEST_WINDOW: Final = timedelta(hours=72)
"""What counters remember by the minute; of a longer one nobody could tell the letters when it ends."""
_TABLES: Final = ("cases", "events", "limits", "windows")
_MOST_MILESTONES: Final = 100


def _end_of_day(said: object) -> object:
    """Read a plain date as the last moment of that day: who writes `closes = 2026-12-31` means to count that day."""
    return datetime.combine(said, time.max) if type(said) is date else said


def _rising(said: object) -> object:
    """Look at the list as a whole: a mistake in it is told at the line on which it begins."""
    listed = said if isinstance(said, list | tuple) else [None]
    is_counted = all(type(letters) is int and letters >= 1 for letters in listed)
    if not is_counted or len(listed) > _MOST_MILESTONES or list(listed) != sorted(set(listed)):
        raise ValueError(f"expected up to {_MOST_MILESTONES} numbers of letters, each higher than the one before")
    return said


def _scopes(said: object) -> object:
    """Look at the list as a whole: a mistake in it is told at the line on which it begins."""
    listed = said if isinstance(said, list | tuple) else [None]
    if not all(scope in SCOPES for scope in listed) or len(set(listed)) < len(listed):
        raise ValueError(f"expected a list of scopes, each once, of {', '.join(SCOPES)}")
    return said


End = Annotated[datetime, BeforeValidator(_end_of_day)]
Milestones = Annotated[tuple[int, ...], BeforeValidator(_rising)]
Goal = Annotated[int, Field(ge=1)]


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
    goal: Goal | None = None
    milestones: Milestones = ()
    """Numbers of letters whose reaching is told; the goal is one more. None by default."""


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


class Window(_Strict):
    """A time whose letters are shown by themselves, such as a marathon from noon to noon."""

    window: Slug
    name: Line
    opens: datetime
    closes: End

    @field_validator("window")
    @classmethod
    def _is_not_reserved(cls, window: str) -> str:
        if window == HUMAN_RIGHTS_DAY:
            raise ValueError(f"{HUMAN_RIGHTS_DAY!r} is there already: choose another")
        return window


class Limits(_Strict):
    """The most that one submission may say before a person has to look."""

    letters_per_line: int = Field(1000, ge=1, le=MOST_LETTERS)
    lines: int = Field(50, ge=1, le=1000)


class Campaign(_Strict):
    """One campaign of one year; times without an offset are in its time zone, and a plain date is that whole day."""

    campaign: Slug
    title: Line
    time_zone: str
    opens: datetime
    closes: End
    late_until: End
    goal: Goal
    milestones: Milestones = ()
    """The world's: numbers of letters whose reaching is told; the goal is one more. None by default."""
    country_milestones: Milestones = ()
    """Every country's."""
    embeds: Annotated[tuple[Scope, ...], BeforeValidator(_scopes)] = ()
    """The scopes whose numbers other sites may show as badge or widget. None by default."""
    pseudonym_key: Slug | None = None
    """Which of TALLY_PSEUDONYM_KEYS; never changed once the campaign has begun. None: TALLY_PSEUDONYM_KEY."""
    limits: Limits = Limits()  # type: ignore[call-arg]  # all fields have defaults
    cases: tuple[Case, ...] = Field(min_length=1)
    events: tuple[Event, ...] = ()
    windows: tuple[Window, ...] = ()

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
        if not self.at(self.opens) < self.at(self.closes):
            raise _mistake(["closes"], "expected a moment after opens")
        if not self.at(self.closes) <= self.at(self.late_until):
            raise _mistake(["late_until"], "expected closes or a moment after it")
        if self.limits.lines < len(self.cases):
            raise _mistake(["limits", "lines"], "expected one for each case at least: a form has a line for each")
        for number, window in enumerate(self.windows):
            length = self.at(window.closes) - self.at(window.opens)
            if not timedelta() < length <= _LONGEST_WINDOW:
                raise _mistake(
                    ["windows", number, "closes"], "expected a moment after opens, at most 72 hours after it"
                )
        named = {
            "cases": [case.case for case in self.cases],
            "events": [event.event for event in self.events],
            "windows": [window.window for window in self.windows],
        }
        for table, slugs in named.items():
            for number, slug in enumerate(slugs):
                if slug in slugs[:number]:
                    raise _mistake([table, number, table.removesuffix("s")], f"{slug!r} stands here twice: rename one")
        return self

    @property
    def day(self) -> date:
        """The campaign's Human Rights Day: the first 10 December on or after the day that it opens."""
        opens = self.opens.date()
        this_year = date(opens.year, 12, 10)
        return this_year if opens <= this_year else date(opens.year + 1, 12, 10)

    def takes_reports(self, now: datetime) -> bool:
        """Return whether reports can be made now, late ones included."""
        return self.at(self.opens) <= now <= self.at(self.late_until)

    def at(self, moment: datetime) -> datetime:
        """Return the moment with the campaign's time zone where it has none of its own."""
        return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.time_zone))


class Catalogue(_Strict):
    """Every campaign by its slug."""

    campaigns: dict[str, Campaign]


def load_catalogue(path: Path) -> Catalogue:
    """Return the campaigns of a file, or of every *.toml of a folder; raises CatalogueError."""
    campaigns: dict[str, Campaign] = {}
    try:
        for file in files_of(path, "TALLY_CAMPAIGNS", _REMEDY):
            text = read_text(file)
            campaign = parse(file, text, Campaign, _TABLES, _REMEDY)
            if campaign.campaign in campaigns:
                line = line_of(text, ("campaign",), _TABLES)
                raise CatalogueError(f"{file}:{line}: campaign {campaign.campaign!r} is in another file: rename one")
            campaigns[campaign.campaign] = campaign
    except ConfigurationError as error:
        raise CatalogueError(str(error)) from None
    return Catalogue(campaigns=campaigns)


def _mistake(where: list[str | int], message: str) -> PydanticCustomError:
    """Return an error of the whole campaign that still knows its place, which a plain ValueError would lose."""
    return PydanticCustomError("inconsistent", "{message}", {"message": message, "where": where})
