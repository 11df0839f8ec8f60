"""A generated December 10th: what many sources send, mistakes included, in the shape of a petition going viral."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from math import log
from random import Random
from typing import Any, Final

from deploy.demo.posts import Post, Step, corrected
from schemas.catalogue import Campaign
from schemas.rejection import Reason
from schemas.report import MOST_LETTERS

# UK petition 241584, 20 to 22 March 2019 (Open Parliament Licence): signatures a second by hour, the steepest stretch
# of which is 95.7/s for 11 minutes. The shape is compressed into one round of the demo and then begins again.
SHAPE: Final = (0.4, 1.6, 5.5, 14, 22, 33, 48, 61, 91, 95.7, 82, 57, 38, 24, 13, 9)
_ROUND_SECONDS: Final = 60
_COUNTRIES: Final = ("FR", "PL", "MX", "GB", "DE", "US", "NG", "IN", "BR", "JP", "KE", "CA", "CH", "TG", "PH", "ZZ")
_KINDS: Final = ("letter", "letter", "letter", "card", "email", "signature", "post", "solidarity")
_LATE: Final = 0.13
"""The share of reports that come days after the letters were written."""


def rate_at(seconds: float, speed: float) -> float:
    """Return submissions a second at this moment of the demo."""
    place = seconds % _ROUND_SECONDS / _ROUND_SECONDS * len(SHAPE)
    left, share = int(place), place % 1
    return speed * (SHAPE[left] * (1 - share) + SHAPE[(left + 1) % len(SHAPE)] * share)


def december(campaign: Campaign, random: Random, speed: float, began: datetime) -> Iterator[Step]:
    """Yield steps in order of time without end; what follows a submission (a retry, a correction) is among them."""
    writers = _Writers(campaign, random, began)
    waiting: list[tuple[float, int, Step]] = []
    numbers = count()
    at = 0.0
    while True:
        at += 1 / rate_at(at, speed)
        while waiting and waiting[0][0] <= at:
            yield heappop(waiting)[2]
        first, *following = writers.story(at)
        for step in following:
            heappush(waiting, (step.at, next(numbers), step))
        yield first


class _Writers:
    """Those who write, report, click twice, retry, correct themselves and make mistakes."""

    def __init__(self, campaign: Campaign, random: Random, began: datetime) -> None:
        self._campaign = campaign
        self._random = random
        self._began = began
        self._cases = [case.case for case in campaign.cases]
        self._events = [event.event for event in campaign.events]
        self._bad: tuple[tuple[dict[str, Any], Reason], ...] = (
            ({"campaign": f"not-{campaign.campaign}"[:63]}, "unknown_campaign"),
            ({"country": "XX"}, "bad_value"),
            ({"event": "nowhere-at-all"}, "unknown_event"),
            ({"lines": [{"case": "nobody-at-all", "letters": 1}]}, "unknown_case"),
            ({"lines": [{"case": self._cases[0], "letters": MOST_LETTERS + 1}]}, "count_out_of_range"),
            ({"lines": []}, "bad_value"),
        )

    def story(self, at: float) -> list[Step]:
        """Return a submission and what its sender does about it in the next seconds."""
        post = Post(f"demo-{self._random.getrandbits(96):x}", self._body(), is_form=self._happens(1 / 5))
        if self._happens(1 / 200):
            return [Step(at, (self._absurd(post),))]
        if self._happens(1 / 50):
            bad = Step(at, (self._spoilt(post),))
            return [bad, Step(self._later(at), (post,))] if self._happens(1 / 2) else [bad]
        clicks = self._random.choice((2, 3)) if self._happens(1 / 12) else 1
        steps = [Step(at, (post._replace(loses_answer=self._happens(1 / 30)),) * clicks)]
        if self._happens(1 / 25):
            steps.append(Step(self._later(at), (post,)))
        while self._happens(1 / 10):
            post = corrected(post, self._changed(post.body), self._began)
            at = self._later(at)
            sent = self._spoilt(post) if self._happens(1 / 20) else post
            steps.append(Step(at, (sent,) * self._random.choice((1, 1, 2))))
        return steps

    def _body(self) -> dict[str, Any]:
        most = min(self._random.choice((1, 1, 1, 2, 3)), len(self._cases), self._campaign.limits.lines)
        late = timedelta(days=self._random.randrange(1, 20)) if self._happens(_LATE) else None
        return {
            "campaign": self._campaign.campaign,
            "country": self._random.choice(_COUNTRIES),
            "event": self._event(),
            "kind": self._random.choice(_KINDS),
            "email": f"writer{self._random.randrange(100_000)}@example.org",
            "written_at": (self._began - late).date().isoformat() if late else None,
            "lines": [{"case": case, "letters": self._letters()} for case in self._random.sample(self._cases, most)],
        }

    def _changed(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return what is said instead: another place, or other counts or cases, or that none was written after all."""
        lines = [dict(line) for line in body["lines"]]
        line = self._random.choice(lines)
        match self._random.choice(("place", "count", "count", "case", "line back", "all back")):
            case "place":
                return body | {"country": self._random.choice(_COUNTRIES), "event": self._event()}
            case "count":
                line["letters"] = self._letters()
            case "case":
                line["case"] = self._random.choice(self._cases)
            case "line back":
                line["letters"] = 0
            case _:
                lines = [line | {"letters": 0} for line in lines]
        return body | {"lines": lines}

    def _spoilt(self, post: Post) -> Post:
        change, reason = self._random.choice(self._bad)
        return post._replace(body=post.body | change, refused_for=reason)

    def _absurd(self, post: Post) -> Post:
        """Return a post that says more than anybody writes, for each of its cases."""
        too_many = self._campaign.limits.letters_per_line + 1
        return post._replace(
            body=post.body | {"lines": [line | {"letters": too_many} for line in post.body["lines"]]}, waits=True
        )

    def _event(self) -> str | None:
        return self._random.choice(self._events) if self._events and self._happens(0.3) else None

    def _letters(self) -> int:
        return min(1 + int(-log(1 - self._random.random()) * 3), self._campaign.limits.letters_per_line)

    def _happens(self, share: float) -> bool:
        return self._random.random() < share

    def _later(self, at: float) -> float:
        return at + self._random.uniform(0.2, 4)
