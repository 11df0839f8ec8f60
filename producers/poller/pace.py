"""When a page is asked for again: as the site says, never sooner than agreed, later after errors. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MOST_FRESH_SECONDS: Final = 3600
"""A site may say that its page is good for a year; it would freeze the counter."""
MOST_BACK_OFF_SECONDS: Final = 3600
MOST_RETRY_SECONDS: Final = 86_400
_JITTER: Final = 0.1
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_MAX_AGE: Final = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)


def fresh_seconds_of(headers: Mapping[str, str]) -> float:
    """Return how long the site says that its answer is good for, 0 where it does not."""
    control = headers.get("cache-control", "")
    found = _MAX_AGE.search(control)
    if not found or re.search(r"no-(?:cache|store)", control, re.IGNORECASE):
        return 0
    age = headers.get("age", "")
    return min(MOST_FRESH_SECONDS, max(0, int(found[1]) - (int(age) if _SECONDS.fullmatch(age) else 0)))


def retry_seconds_of(headers: Mapping[str, str], now: datetime) -> float:
    """Return how long the site asks to be left alone, in seconds or until a date; 0 where it does not."""
    said = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(said):
        seconds = float(said)
    else:
        try:
            until = parsedate_to_datetime(said)
        except ValueError:
            return 0
        seconds = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
    return min(MOST_RETRY_SECONDS, max(0.0, seconds))


def wait_seconds(every: float, asked_for: float, failures: int, chance: float) -> float:
    """Return how long to wait: what is agreed, doubled with each failure in a row, or what the site asks for if longer.

    `chance` (0 to 1) spreads pollers that were started together; nobody is asked sooner than agreed.
    """
    backed_off = min(every * 2.0 ** min(failures, 20), max(every, MOST_BACK_OFF_SECONDS))
    return float(max(backed_off, asked_for) * (1 + _JITTER * chance))
