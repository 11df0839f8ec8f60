"""The live stream: what who comes back, who is slow and who comes late is told."""

import asyncio

from schemas.tally import Scope
from sinks.counters.board import Board
from sinks.counters.live import HEARTBEAT_MS, STUCK_MS, Live, chunk_of
from tests.sinks.counters.emitter import Emitter, states_of
from tests.sinks.counters.person import CAMPAIGN, EVERYTHING, Person, complete_board, events_of, put


def _quiet_live(board: Board, now: list[int]) -> Live:
    return Live(board, lambda _: None, lambda: now[0], 1000)


STATES = states_of([(CAMPAIGN, "case-1", "FR", letters, 1) for letters in range(1, 9)])


def test_who_comes_back_is_told_what_was_missed() -> None:
    """With the id of an event that is remembered only what came after it is told, without it everything."""

    async def play() -> None:
        board, now = complete_board(), [1_000_000]
        live, emitter = _quiet_live(board, now), Emitter(STATES)
        put(board, live, emitter, 1, is_keyframe=True)
        steady, moving = Person(), Person()
        for person in (steady, moving):
            live.join(EVERYTHING, person, None)
            person.take()
        live.leave(EVERYTHING, moving)
        for version in (2, 3):
            put(board, live, emitter, version)
            await live.publish()
            steady.take()
        live.join(EVERYTHING, moving, moving.last_event_id)
        moving.take()
        assert (moving.names, moving.totals) == (["snapshot", "totals", "totals"], steady.totals)
        live.leave(EVERYTHING, moving)
        live.join(EVERYTHING, moving, moving.last_event_id)
        assert moving.sent == chunk_of(b": still here\n\n")
        moving.take()
        for strange in ("", "1", "1.ffffffff.1", f"2{moving.last_event_id}", f"{moving.last_event_id}0", "é.²"):
            other = Person()
            live.join(EVERYTHING, other, strange)
            other.take()
            assert other.names == ["snapshot"], strange

    asyncio.run(play())


def test_only_the_scopes_that_were_asked_for_are_told() -> None:
    """A watcher of countries gets no other total, in the snapshot and after it."""

    async def play() -> None:
        board, now = complete_board(), [1_000_000]
        live, emitter = _quiet_live(board, now), Emitter(STATES)
        put(board, live, emitter, 1, is_keyframe=True)
        scopes: frozenset[Scope] = frozenset({"country"})
        person = Person()
        live.join((CAMPAIGN, scopes), person, None)
        person.take(scopes)
        put(board, live, emitter, 5)
        await live.publish()
        person.take(scopes)
        assert person.totals == {("country", "FR"): 15}

    asyncio.run(play())


def test_who_takes_nothing_for_a_minute_is_dropped() -> None:
    """A watcher that is busy with one event for over a minute loses its connection; who is idle hears a sign."""

    async def play() -> None:
        board, now = complete_board(), [1_000_000]
        live, emitter = _quiet_live(board, now), Emitter(STATES)
        put(board, live, emitter, 1, is_keyframe=True)
        stuck, well = Person(), Person()
        for person in (stuck, well):
            live.join(EVERYTHING, person, None)
        for _ in range(STUCK_MS // HEARTBEAT_MS + 2):
            well.take()
            now[0] += HEARTBEAT_MS
            await live.publish()
        assert (stuck.was_dropped, well.was_dropped) == (True, False)
        assert well.sent == chunk_of(b": still here\n\n")

    asyncio.run(play())


def test_who_joins_hears_the_true_age() -> None:
    """However long nothing has come, snapshot, rates and what was missed say how old the numbers are by now."""

    async def play() -> None:
        board, now = complete_board(), [1_000_000]
        live, emitter = Live(board, lambda _: b'{"last_hour":1}', lambda: now[0], 1000), Emitter(STATES)
        put(board, live, emitter, 1, is_keyframe=True)
        early, back = Person(), Person()
        for person in (early, back):
            live.join(EVERYTHING, person, None)
            person.take()
        live.leave(EVERYTHING, back)
        put(board, live, emitter, 2)
        await live.publish()
        now[0] += 600_000
        late = Person()
        for person, since in ((late, None), (back, back.last_event_id)):
            live.join(EVERYTHING, person, since)
            said = {name: body for name, _, body in events_of(person.sent or b"")}
            assert set(said) == {"snapshot", "rates"}
            for body in said.values():
                assert (body["is_stale"], round(body["age_seconds"])) == (True, 600)

    asyncio.run(play())


def test_without_news_nobody_is_told_anything() -> None:
    """Two channels that changed at different moments fall silent, each once it has been told."""

    async def play() -> None:
        board, now = complete_board(), [1_000_000]
        live, emitter = _quiet_live(board, now), Emitter(STATES)
        put(board, live, emitter, 1, is_keyframe=True)
        whole, some = Person(), Person()
        countries: frozenset[Scope] = frozenset({"country"})
        live.join(EVERYTHING, whole, None)
        now[0] += 500
        live.join((CAMPAIGN, countries), some, None)
        put(board, live, emitter, 2)
        for _ in range(80):
            now[0] += 100
            await live.publish()
            whole.take()
            some.take(countries)
        assert whole.names == some.names == ["snapshot", "totals"]

    asyncio.run(play())


def test_only_who_sees_all_paces_is_told_them() -> None:
    """Rates come to those who watch world, countries and cases, and not to an embed of one of these."""
    board = complete_board()
    live, emitter = Live(board, lambda _: b'{"last_hour":1}', lambda: 1_000_000, 1000), Emitter(STATES)
    put(board, live, emitter, 1, is_keyframe=True)
    whole, one = Person(), Person()
    live.join(EVERYTHING, whole, None)
    live.join((CAMPAIGN, frozenset({"case"})), one, None)
    assert [name for name, _, _ in events_of(whole.sent or b"")] == ["snapshot", "rates"]
    assert [name for name, _, _ in events_of(one.sent or b"")] == ["snapshot"]


def test_at_the_end_everybody_is_told() -> None:
    """Closing ends the streams of all watchers, and of those who come after it."""
    board, now = complete_board(), [1_000_000]
    live, emitter = _quiet_live(board, now), Emitter(STATES)
    put(board, live, emitter, 1, is_keyframe=True)
    early, late = Person(), Person()
    live.join(EVERYTHING, early, None)
    live.close()
    live.join(EVERYTHING, late, None)
    assert early.has_ended
    assert late.has_ended
