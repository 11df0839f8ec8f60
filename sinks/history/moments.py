"""When the numbers are from, in words. Pure."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta

from schemas.reader import Reader

_OLD: Final = timedelta(minutes=5)
"""Sums are made anew each minute; with ten million reports that takes seconds."""


def moment_in_words(reader: Reader, moment: datetime, zone: str) -> str:
    """Return day and time of day on a zone's clocks, and how far these are from UTC."""
    local = moment.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    said = format_datetime(local, "d MMM y, HH:mm:ss", locale=reader.locale)
    return f"{said} UTC" + (f"{offset[:3]}:{offset[3:]}" if local.utcoffset() else "")


def old_in_words(reader: Reader, as_of: datetime, now: datetime) -> str:
    """Return what is said of numbers that should be newer; nothing where they are as new as they can be."""
    if now - as_of <= _OLD:
        return ""
    said = reader.translations.gettext("These numbers are not new: they were summed %(age)s.")
    return said % {"age": format_timedelta(as_of - now, add_direction=True, locale=reader.locale)}
