"""A generated December 10th: submissions as many sources would send them, in the shape of a petition going viral."""

from collections.abc import Iterator
from math import log
from random import Random
from typing import Any, Final, NamedTuple

from schemas.catalogue import Campaign

# UK petition 241584, 20 to 22 March 2019 (Open Parliament Licence): signatures a second by hour, the steepest stretch
# of which is 95.7/s for 11 minutes. The shape is compressed into one round of the demo and then begins again.
SHAPE: Final = (0.4, 1.6, 5.5, 14, 22, 33, 48, 61, 91, 95.7, 82, 57, 38, 24, 13, 9)
_ROUND_SECONDS: Final = 60
_COUNTRIES: Final = ("FR", "PL", "MX", "GB", "DE", "US", "NG", "IN", "BR", "JP", "KE", "CA", "CH", "TG", "PH", "ZZ")
_KINDS: Final = ("letter", "letter", "letter", "card", "email", "solidarity")
_BAD: Final[tuple[dict[str, Any], ...]] = (
    {"campaign": "w4r-1961"},
    {"country": "XX"},
    {"event": "nowhere"},
    {"lines": [{"case": "nobody", "letters": 1}]},
    {"lines": [{"case": "amara", "letters": 1_000_000}]},
    {"lines": []},
)


class Post(NamedTuple):
    """One submission, and how often its sender sends it: double clicks and retries carry the same key."""

    key: str
    body: dict[str, Any]
    times: int


def rate_at(seconds: float, speed: float) -> float:
    """Return submissions a second at this moment of the demo."""
    place = seconds % _ROUND_SECONDS / _ROUND_SECONDS * len(SHAPE)
    left, share = int(place), place % 1
    return speed * (SHAPE[left] * (1 - share) + SHAPE[(left + 1) % len(SHAPE)] * share)


def posts(campaign: Campaign, random: Random) -> Iterator[Post]:
    """Yield submissions without end: one in 50 is bad, one in 12 is sent more than once."""
    cases = [case.case for case in campaign.cases]
    events = [event.event for event in campaign.events]
    number = 0
    while True:
        number += 1
        lines = [
            {"case": case, "letters": 1 + int(-log(1 - random.random()) * 3)}
            for case in random.sample(cases, random.choice((1, 1, 1, 2, 3)))
        ]
        body: dict[str, Any] = {
            "campaign": campaign.campaign,
            "country": random.choice(_COUNTRIES),
            "event": random.choice(events) if events and random.random() < 0.3 else None,
            "kind": random.choice(_KINDS),
            "email": f"writer{random.randrange(100_000)}@example.org",
            "lines": lines,
        }
        if random.random() < 0.02:
            body |= random.choice(_BAD)
        yield Post(
            f"demo-{random.getrandbits(64):x}-{number}", body, random.choice((2, 3)) if random.random() < 1 / 12 else 1
        )
