"""How badges become PNG: once for each look, beside the event loop, within bounds."""

import asyncio
import threading

import pytest

from sinks.counters.embeds.badge import Badge
from sinks.counters.embeds.png import MOST_KEPT, MOST_WAITING, Pictures
from sinks.counters.problems import Problem
from tests.sinks.counters.embeds.pictures import read_png


def badge(number: int) -> Badge:
    return Badge("Letters", f"{number:,}", is_fresh=True, direction="ltr", language="en", height=24)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect in which thread each picture is drawn, by what really draws it."""
    threads: list[str] = []
    draw = Pictures._draw  # noqa: SLF001 (it is looked at, not replaced)

    def noted(pictures: Pictures, one: Badge) -> bytes:
        threads.append(threading.current_thread().name)
        return draw(pictures, one)

    monkeypatch.setattr(Pictures, "_draw", noted)
    return threads


def test_a_look_is_drawn_once(drawn: list[str]) -> None:
    """Who asks for the same, at once or later, gets the same picture with their own words, drawn once aside."""

    async def ask() -> list[bytes]:
        pictures = Pictures()
        at_once = await asyncio.gather(*(pictures.png(badge(5), f"as of {moment}") for moment in range(10)))
        return [*at_once, await pictures.png(badge(5), "later")]

    told = [read_png(picture) for picture in asyncio.run(ask())]
    assert [one.description for one in told] == [*(f"as of {moment}" for moment in range(10)), "later"]
    assert len({one.points for one in told}) == 1
    assert len(drawn) == 1
    assert drawn[0] != threading.main_thread().name


def test_who_comes_when_many_wait_is_told_so() -> None:
    """More different pictures at once than may wait are refused with 503, and those before them are drawn."""

    async def ask() -> list[bytes | BaseException]:
        pictures = Pictures()
        asked = (pictures.png(badge(number), "") for number in range(MOST_WAITING + 5))
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(ask())
    assert all(isinstance(answer, bytes) for answer in answers[:MOST_WAITING])
    assert [answer.status for answer in answers[MOST_WAITING:] if isinstance(answer, Problem)] == [503] * 5


def test_what_is_kept_has_a_bound(drawn: list[str]) -> None:
    """The picture that was asked for longest ago is forgotten for a new one, and drawn again when it is asked for."""

    async def ask() -> None:
        pictures = Pictures()
        for number in [*range(MOST_KEPT + 1), MOST_KEPT, 0]:
            await pictures.png(badge(number), "")

    asyncio.run(ask())
    assert len(drawn) == MOST_KEPT + 2


def test_a_reader_who_leaves_takes_no_picture_from_others() -> None:
    """Whoever waits for the same picture gets it, although the one who asked first is gone."""

    async def ask() -> bytes:
        pictures = Pictures()
        first, second = (asyncio.create_task(pictures.png(badge(7), name)) for name in ("first", "second"))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert read_png(asyncio.run(ask())).description == "second"
