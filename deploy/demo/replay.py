"""A recorded petition as submissions: what was signed is reported, what went down is taken back from the latest."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from deploy.demo.posts import Post, Step, corrected
from deploy.demo.trace import Change, reported_country
from schemas.catalogue import Campaign


def replay(
    changes: Sequence[Change], campaign: Campaign, prefix: str, speed: float | None, began: datetime
) -> Iterator[Step]:
    """Yield the file's changes in its order: with a speed moment by moment, each due at its own time.

    Without one, all is due at once, and what a country reports in one day goes into as few submissions as the
    campaign's limits allow, each change still a line of its own. Nothing is taken back before what it is taken from
    has been answered. A petition is for one case: the campaign's first.
    """
    countries: dict[str, _Country] = {}

    def together(change: Change) -> tuple[object, bool]:
        return (change.at if speed else change.at.date()), change.delta < 0

    for number, ((_, is_less), group) in enumerate(groupby(changes, together)):
        batch = list(group)
        posts: list[Post] = []
        for change in batch:
            countries.setdefault(change.country, _Country(campaign, change.country, began))
        if is_less:
            for change in batch:
                posts += countries[change.country].take_back(-change.delta)
        else:
            for country, deltas in _by_country(batch).items():
                posts += countries[country].report(deltas, f"{prefix}-{number}-{country}")
        at = (batch[0].at - changes[0].at).total_seconds() / speed if speed else 0.0
        yield Step(at, tuple(posts), changes=len(batch), waits=is_less)


def _by_country(changes: Iterable[Change]) -> dict[str, list[int]]:
    deltas: dict[str, list[int]] = {}
    for change in changes:
        deltas.setdefault(change.country, []).append(change.delta)
    return deltas


class _Country:
    """What stands reported for one country: its submissions, the latest at the end."""

    def __init__(self, campaign: Campaign, country: str, began: datetime) -> None:
        self._campaign = campaign
        self._began = began
        self._country = reported_country(country)
        self._standing: list[tuple[Post, list[int]]] = []

    def report(self, changes: Sequence[int], key: str) -> Iterator[Post]:
        """Yield as many submissions as the campaign's limits make of these letters; no line is of two changes."""
        limits = self._campaign.limits
        lines = [
            min(limits.letters_per_line, letters - begin)
            for letters in changes
            for begin in range(0, letters, limits.letters_per_line)
        ]
        for begin in range(0, len(lines), limits.lines):
            said = lines[begin : begin + limits.lines]
            post = Post(f"{key}-{begin}", self._body(said))
            self._standing.append((post, said))
            yield post

    def take_back(self, letters: int) -> Iterator[Post]:
        """Yield corrections that leave so many letters fewer, from the last line of the latest submission on."""
        while letters:
            post, lines = self._standing.pop()
            for number in reversed(range(len(lines))):
                taken = min(lines[number], letters)
                lines[number] -= taken
                letters -= taken
            post = corrected(post, self._body(lines), self._began)
            if any(lines):
                self._standing.append((post, lines))
            yield post

    def _body(self, lines: list[int]) -> dict[str, Any]:
        case = self._campaign.cases[0].case
        return {
            "campaign": self._campaign.campaign,
            "country": self._country,
            "event": None,
            "kind": "signature",
            "lines": [{"case": case, "letters": letters} for letters in lines],
        }
