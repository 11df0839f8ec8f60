"""What should come of what was sent: counted by itself, from the answers alone."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from deploy.demo.posts import Post
from schemas.report import NO_EVENT

Totals = dict[tuple[str, str], tuple[int, int]]
"""Scope and member -> letters and reports."""
ACCEPTED: Final = 202
HELD: Final = "held for review"
"""What stands for the reason where a submission was taken and waits."""


class _Standing(NamedTuple):
    edition: int
    country: str
    event: str
    kind: str
    lines: tuple[tuple[str, int], ...]


@dataclass
class Sent:
    """What was offered, what became of it, and the totals that the newest accepted edition of each key comes to."""

    changes: int = 0
    """Of a trace: how many were played."""
    offered: int = 0
    accepted: int = 0
    answers_lost: int = 0
    held: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    surprises: Counter[str] = field(default_factory=Counter)
    """Good posts that were refused or held, bad ones that were accepted or refused for another reason."""
    expected: Totals = field(default_factory=dict)
    _standing: dict[str, _Standing] = field(default_factory=dict)

    def take(self, post: Post, status: int, reason: str) -> None:
        """Note one answer; only what was accepted counts, each key once, by its newest edition."""
        if (reason == HELD) != post.waits:
            self.surprises[f"{'' if post.waits else 'not '}expected to be held for review"] += 1
        if reason == HELD:
            self.held += 1
            return
        if status != ACCEPTED:
            self.refused[reason] += 1
            if reason != post.refused_for:
                self.surprises[f"refused for {reason}, expected {post.refused_for or 'to be accepted'}"] += 1
            return
        self.accepted += 1
        if post.refused_for:
            self.surprises[f"accepted, expected to be refused for {post.refused_for}"] += 1
        before = self._standing.get(post.key)
        if before is not None and before.edition >= post.edition:
            return
        if before is not None:
            self._add(before, -1)
        self._standing[post.key] = _standing(post.edition, post.body)
        self._add(self._standing[post.key], 1)

    def _add(self, standing: _Standing, sign: int) -> None:
        for case, letters in standing.lines:
            where = {
                "world": "all",
                "country": standing.country,
                "case": case,
                "event": standing.event,
                "channel": "reports",
                "kind": standing.kind,
                "case-country": f"{case}:{standing.country}",
            }
            for member in where.items():
                known = self.expected.get(member, (0, 0))
                self.expected[member] = (known[0] + sign * letters, known[1] + sign)


def _standing(edition: int, body: dict[str, Any]) -> _Standing:
    lines = tuple((line["case"], line["letters"]) for line in body["lines"] if line["letters"])
    return _Standing(edition, body["country"], body["event"] or NO_EVENT, body["kind"], lines)


def standing(totals: Totals) -> Totals:
    """Return the totals that are not nothing."""
    return {member: pair for member, pair in totals.items() if pair != (0, 0)}


def added(one: Totals, other: Totals) -> Totals:
    """Return the sum of two totals."""
    sums = dict(one)
    for member, (letters, reports) in other.items():
        known = sums.get(member, (0, 0))
        sums[member] = (known[0] + letters, known[1] + reports)
    return standing(sums)
