"""What every answer is made from: the board's state, encoded once, with its tag and for how long it may be kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from fastapi import Request
from starlette.responses import Response

from schemas.catalogue import Catalogue
from schemas.operations import Health
from sinks.counters.board import Board
from sinks.counters.digest import digest_of
from sinks.counters.edition import Edition, edition_of, total_of
from sinks.counters.kept import Asked, Kept
from sinks.counters.known import Known
from sinks.counters.live import PUBLISH_SECONDS, Live
from sinks.counters.membership import check_campaign, check_place
from sinks.counters.problems import OPEN_TO_ALL, catching_up
from sinks.counters.timeline import Timeline
from sinks.milestones.told import Told

CACHED: Final = OPEN_TO_ALL | {"Cache-Control": "public, max-age=1, stale-while-revalidate=5, stale-if-error=60"}
_REUSE_MS: Final = int(PUBLISH_SECONDS * 1000)
"""For how long an encoded state serves although the board has moved on: as long as the live stream waits."""

_MOST_KEPT_BYTES: Final = 16 * 2**20


@dataclass(frozen=True)
class Sources:
    """What answers are made from; `clock_ms` gives epoch milliseconds, `told` milestones once they are read."""

    board: Board
    timeline: Timeline
    live: Live
    told: Callable[[], Told | None]
    known: Known
    health: Health
    clock_ms: Callable[[], int]
    stale_after_ms: int
    form_url: str | None = None
    """Where people find the form; None where pages are to have no link to it."""
    counters_url: str | None = None
    """Where people reach the counters; None where nobody has said it."""
    history_url: str | None = None
    """Where people find charts of past years; None where pages are to have no link to them."""

    @property
    def catalogue(self) -> Catalogue:
        """What is known of campaigns, cases and events."""
        return self.known.catalogue


class Answers:
    """Answers questions, each state encoded once, and each question about when letters came once a second."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._editions: dict[str, Edition] = {}
        self._kept = Kept[Edition](sources.clock_ms, _MOST_KEPT_BYTES, lambda edition: len(edition.body))

    def campaign(self, asked: str | None) -> str:
        """Return the campaign asked for; raises Problem while catching up, and where it is unknown."""
        if self._sources.board.is_catching_up:
            raise catching_up()
        return check_campaign(self._sources.board, self._sources.catalogue, asked)

    def edition(self, campaign: str) -> Edition:
        """Return the campaign's newest edition, at most _REUSE_MS behind the board."""
        board, now_ms = self._sources.board, self._sources.clock_ms()
        kept = self._editions.get(campaign)
        if kept and (kept.revision == board.revision or 0 <= now_ms - kept.made_at < _REUSE_MS):
            return kept
        self._editions[campaign] = edition_of(board, campaign, now_ms)
        return self._editions[campaign]

    def tallies(self, request: Request, campaign: str) -> Response:
        """Answer with all totals of a campaign, or 304 where the asker has them."""
        return self._aged(request, self.edition(campaign))

    def tally(self, request: Request, campaign: str, scope: str, member: str) -> Response:
        """Answer with one total of a campaign, or 304 where the asker has it."""
        board, clock = self._sources.board, (self._sources.clock_ms(), self._sources.stale_after_ms)
        place = check_place(board, self._sources.catalogue, campaign, scope, member)
        return tagged(request, self.edition(campaign).tag(*clock), lambda: total_of(board, campaign, place, *clock))

    def as_of(self, request: Request, as_of: int, body: bytes) -> Response:
        """Answer with a JSON object that is true as of a moment, or 304 where the asker has it."""
        return self._aged(request, self._edition(as_of, body))

    def kept(self, request: Request, asked: Asked, as_of: int, make: Callable[[], Mapping[str, Any]]) -> Response:
        """Answer with what is true as of a moment, or with what was made for the same question in the last second.

        What is asked must have been checked, and begin with what tells one kind of question from another.
        """
        return self._aged(request, self._kept.get(asked, lambda: self._edition(as_of, orjson.dumps(make()))))

    def _edition(self, as_of: int, body: bytes) -> Edition:
        return Edition(0, self._sources.clock_ms(), as_of, digest_of(body), body)

    def _aged(self, request: Request, edition: Edition) -> Response:
        clock = (self._sources.clock_ms(), self._sources.stale_after_ms)
        return tagged(request, edition.tag(*clock), lambda: edition.at(*clock))


def tagged(request: Request, tag: str, content: Callable[[], bytes], media_type: str = "application/json") -> Response:
    """Return the content with its tag, or 304 where the asker says that they have it."""
    headers = CACHED | {"ETag": tag}
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if "*" in asked or tag.removeprefix("W/") in asked:
        return Response(None, 304, headers)
    return Response(content(), 200, headers, media_type)
