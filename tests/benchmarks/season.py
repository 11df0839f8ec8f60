"""A season of letter reports as it lies on the log: skewed as the world is, with what networks and people repeat."""

from collections import deque
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pycountry

from schemas.report import LetterReport

CAMPAIGN: Final = "w4r-2025"
CASES: Final = [f"case-{number:02}" for number in range(12)]
EVENTS: Final = [f"event-{number:03}" for number in range(400)]
COUNTRIES: Final = [*sorted(country.alpha_2 for country in pycountry.countries)[:107], "ZZ"]

_BEGIN_MS: Final = 1_765_324_800_000
"""10 December 2025, 00:00 UTC."""
_REPORTS_A_DAY: Final = 1_000_000
_DUPLICATES, _REVISIONS, _WITHDRAWALS = 0.03, 0.02, 0.01
_RECENT: Final = 2_000
"""A redelivery follows soon; a correction may be of any report."""
_ONE_IN_CORRECTABLE: Final = 20
_DRAWN_AT_ONCE: Final = 1_000


def season(size: int, seed: int = 10) -> Iterator[LetterReport]:
    """Yield so many records in log order; the same seed yields the same."""
    random = Random(seed)
    fresh = _fresh(random)
    recent: deque[LetterReport] = deque(maxlen=_RECENT)
    correctable: list[LetterReport] = []
    for number in range(size):
        received_at = _BEGIN_MS + number * 86_400_000 // _REPORTS_A_DAY
        fate = random.random()
        if recent and fate < _DUPLICATES:
            yield random.choice(recent)
            continue
        if correctable and fate < _DUPLICATES + _REVISIONS + _WITHDRAWALS:
            place = random.randrange(len(correctable))
            is_withdrawn = fate < _DUPLICATES + _WITHDRAWALS
            correctable[place] = report = _corrected(correctable[place], random, received_at, is_withdrawn=is_withdrawn)
        else:
            report = {**next(fresh), "received_at": received_at}  # type: ignore[typeddict-item]
            if number % _ONE_IN_CORRECTABLE == 0:
                correctable.append(report)
        recent.append(report)
        yield report


def _corrected(report: LetterReport, random: Random, now_ms: int, *, is_withdrawn: bool) -> LetterReport:
    country = random.choice(COUNTRIES) if random.random() < 0.2 else report["country"]
    changes = {"country": country, "letters": _letters(random), "withdrawn": is_withdrawn}
    later = max(now_ms, report["revision"] + 1)
    return {**report, **changes, "revision": later, "received_at": now_ms}  # type: ignore[typeddict-item]


def _fresh(random: Random) -> Iterator[dict[str, Any]]:
    while True:
        columns = [_drawn(random, CASES, 0.3), _drawn(random, [None, *EVENTS], 0.9), _drawn(random, COUNTRIES, 1.0)]
        columns.append(_drawn(random, ["reports", "petitions", "sheets"], 1.0))
        columns.append(_drawn(random, ["letter", "signature", "card", "email", "post", "solidarity"], 1.0))
        for case, event, country, channel, kind in zip(*columns, strict=True):
            yield {
                "report_id": _uuid(random),
                "revision": 0,
                "withdrawn": False,
                "participant": _uuid(random) if channel == "reports" else None,
                "campaign": CAMPAIGN,
                "case": case,
                "event": event,
                "country": country,
                "channel": channel,
                "source": channel,
                "kind": kind,
                "letters": _letters(random),
                "written_at": None,
            }


def _drawn(random: Random, members: list[Any], skew: float) -> list[Any]:
    """Draw as Zipf found it: the share of the n-th is 1 / n to the power of the skew."""
    return random.choices(members, [1 / (rank + 1) ** skew for rank in range(len(members))], k=_DRAWN_AT_ONCE)


def _letters(random: Random) -> int:
    return 1 + int(random.expovariate(0.5))


def _uuid(random: Random) -> str:
    text = f"{random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
