"""What is asked over and over about when letters came is computed once a second; the clock is the test's."""

import asyncio
import random
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI

from schemas.catalogue import load_catalogue
from schemas.operations import Health
from sinks.counters.answers import Sources
from sinks.counters.board import Board
from sinks.counters.known import Known
from sinks.counters.live import Live
from sinks.counters.minutes import REMEMBERED_MINUTES, Minutes
from sinks.counters.timeline import Timeline
from sinks.counters.web import create_app
from tests.sinks.counters.emitter import Emitter, states_of
from tests.sinks.counters.test_minutes import CAMPAIGN, FIRST, emitted

ENDS: Final = FIRST + REMEMBERED_MINUTES
STALE_AFTER_MS: Final = 45_000
ASKED: Final[dict[str, Any]] = {"campaign": CAMPAIGN}
QUESTIONS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("history", {"by": "minute"}),
    ("history", {"by": "minute", "scope": "country", "member": "FR"}),
    ("history", {"by": "day"}),
    ("top", {"by": "hour"}),
    ("top", {"by": "today", "limit": "1"}),
    ("top", {"by": "hour", "scope": "case"}),
    ("window", {"from": "2026-04-12T20:00Z", "to": "2099-01-01"}),
    ("rates/country/FR", {}),
    ("rates/case/case-1", {}),
)


class Answering:
    """A counter's whole HTTP over a board of one partition; letters come, and time goes on, when a test says so."""

    def __init__(self, campaigns: Path) -> None:
        self.now_ms = ENDS * 60_000 + 30_000
        board, self._minutes, catalogue = Board(1), Minutes(), load_catalogue(campaigns)
        board.put({"epoch": 1, "log_id": "log", "opened_at": 0, "complete_at": [0]})
        for record in Emitter(states_of([(CAMPAIGN, "case-1", "FR", 5, 1)])).emit(1, as_of=self.now_ms):
            board.put(record)
        timeline = Timeline(board, self._minutes, catalogue, lambda: True, self._clock_ms)
        timeline.turn(self.now_ms)
        live = Live(board, timeline.rates_if_known, self._clock_ms, STALE_AFTER_MS)
        known, health = Known(catalogue), Health({}, {})
        sources = Sources(board, timeline, live, lambda: None, known, health, self._clock_ms, STALE_AFTER_MS)
        self._app: FastAPI = create_app(sources)
        self._arrived = 0

    def take(self, letters: int) -> None:
        """Take letters for case-1 from France, which came in a whole minute that was not heard of before."""
        self._arrived += 1
        for tally in emitted([(ENDS - self._arrived, "case-1", "FR", letters)], 0, random.Random(1)):
            self._minutes.put(tally)

    def ask(self, path: str, asked: dict[str, str]) -> httpx.Response:
        async def get() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.get(f"/v1/{path}", params=ASKED | asked)

        answer = asyncio.run(get())
        assert answer.is_success, answer.text
        return answer

    def _clock_ms(self) -> int:
        return self.now_ms


@pytest.fixture
def answering(campaigns: Path) -> Answering:
    answering = Answering(campaigns)
    answering.take(5)
    return answering


def test_a_question_is_answered_anew_once_a_second(answering: Answering) -> None:
    """Within a second who asks the same is told the same, each question by itself; then what has changed is told."""
    first = [answering.ask(*question) for question in QUESTIONS]
    assert len({answer.content for answer in first}) == len(QUESTIONS)
    answering.take(7)
    answering.now_ms += 999
    again = [answering.ask(*question) for question in QUESTIONS]
    assert [answer.headers["etag"] for answer in again] == [answer.headers["etag"] for answer in first]
    answering.now_ms += 1
    anew = [answering.ask(*question) for question in QUESTIONS]
    for before, after in zip(first, anew, strict=True):
        assert before.headers["etag"] != after.headers["etag"], after.url


def test_a_kept_answer_tells_its_true_age(answering: Answering) -> None:
    """What was made a moment ago says how old it is at each answer."""
    ages = []
    for _ in range(3):
        ages.append(answering.ask(*QUESTIONS[0]).json()["age_seconds"])
        answering.now_ms += 400
    assert ages == [0.0, 0.4, 0.8]


def test_a_series_has_the_points_that_were_asked_for(answering: Answering) -> None:
    """After all minutes have been told a few of them are a few, whatever is kept."""
    every = answering.ask(*QUESTIONS[0]).json()["points"]
    assert len(every) == REMEMBERED_MINUTES + 1
    begins, ends = every[-4][0], every[-1][0]
    few = answering.ask("history", {"by": "minute", "from": begins, "to": ends}).json()["points"]
    assert few == every[-4:-1]
