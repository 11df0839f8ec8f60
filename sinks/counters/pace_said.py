"""How fast letters come, told to a reader. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schemas.reader import Reader
from sinks.counters.curve import path_of
from sinks.counters.rates import Moved, Pace, Rates
from sinks.counters.wording import words_of


class Line(NamedTuple):
    """A name with its letters, and when they came where that is told."""

    name: str
    letters: int
    clock: str = ""


class PaceSaid(NamedTuple):
    """What a page says of how fast letters come; numbers are floored at zero."""

    today: int
    last_minute: int
    last_hour: int
    previous_hour: int
    curve: str
    curve_said: str
    latest: Sequence[Line]
    moved: Mapping[str, Sequence[Line]]


def pace_said(rates: Rates | None, zone: str, reader: Reader, cases: Mapping[str, str]) -> PaceSaid | None:
    """Return what is said of the rates, None where they are not known."""
    if rates is None:
        return None
    said = _said(rates, zone, reader)
    return said._replace(
        latest=[
            Line(reader.country(one["country"]), one["letters"], _clock(one["minute"], zone)) for one in rates["latest"]
        ],
        moved={
            "country": [Line(reader.country(one["member"]), one["letters"]) for one in _risen(rates, "country")],
            "case": [Line(cases.get(one["member"], one["member"]), one["letters"]) for one in _risen(rates, "case")],
        },
    )


def place_pace_said(pace: Pace | None, zone: str, reader: Reader) -> PaceSaid | None:
    """Return the same of one place, with nothing on where from and for whom."""
    return _said(pace, zone, reader) if pace else None


def _said(pace: Pace, zone: str, reader: Reader) -> PaceSaid:
    return PaceSaid(
        max(0, pace["today"]["letters"]),
        max(0, pace["last_minute"]["letters"]),
        max(0, pace["last_hour"]),
        max(0, pace["previous_hour"]),
        path_of([letters for _, letters in pace["curve"]]),
        _curve_said(pace, zone, reader),
        [],
        {},
    )


def _risen(rates: Rates, scope: str) -> Sequence[Moved]:
    return [one for one in rates["moved"][scope] if one["letters"] > 0]


def _curve_said(rates: Pace, zone: str, reader: Reader) -> str:
    begins, letters = max(rates["curve"], key=lambda step: step[1])
    if letters <= 0:
        return ""
    return words_of(reader)["curve"] % {"number": reader.number(letters), "clock": _clock(begins, zone)}


def _clock(moment: str, zone: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%H:%M}"
