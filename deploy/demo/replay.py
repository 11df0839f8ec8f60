"""A recorded petition as submissions: what was signed is reported, what went down is taken back from the latest."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from deploy.demo.posts import Post, Step, corrected
from deploy.demo.trace import Change, reported_country
from schemas.catalogue import Campaign


def replay(
    changes: Sequence[Change], campaign: Campaign, prefix: str, speed: float | None, began: datetime
) -> Iterator[Step]:
    """Yield one step for each change, in the file's order; without a speed each is due at once.

    Nothing is taken back before what it is taken from has been answered. A petition is for one case: the first.
    """
    countries: dict[str, _Country] = {}
    for number, change in enumerate(changes):
        country = countries.setdefault(change.country, _Country(campaign, change.country, began))
        at = (change.at - changes[0].at).total_seconds() / speed if speed else 0.0
        if change.delta < 0:
            yield Step(at, tuple(country.take_back(-change.delta)), waits=True)
        else:
            yield Step(at, tuple(country.report(change.delta, f"{prefix}-{number}")))


class _Country:
    """What stands reported for one country: its submissions, the latest at the end."""

    def __init__(self, campaign: Campaign, country: str, began: datetime) -> None:
        self._campaign = campaign
        self._began = began
        self._country = reported_country(country)
        self._standing: list[tuple[Post, list[int]]] = []

    def report(self, letters: int, key: str) -> Iterator[Post]:
        """Yield as many submissions as the campaign's limits make of these letters."""
        limits = self._campaign.limits
        most = limits.letters_per_line * limits.lines
        for number, begin in enumerate(range(0, letters, most)):
            rest = min(most, letters - begin)
            lines = [min(limits.letters_per_line, rest - n) for n in range(0, rest, limits.letters_per_line)]
            post = Post(f"{key}-{number}", self._body(lines))
            self._standing.append((post, lines))
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
