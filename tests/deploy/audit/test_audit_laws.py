"""At each of its positions a partition's history says what a plain recount says, and causes sum to the difference."""

from collections import defaultdict
from random import Random
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from deploy.audit.causes import Causes, Season, causes_after, causes_since, merge
from deploy.audit.history import Asked, History, id_of
from deploy.audit.verdict import Publication, checked, gather, place_doubts, sums_of
from schemas.partition import partition_of
from schemas.report import LetterReport
from tests.histories import random_history, recount

PARTITIONS = 3
ASKED = Asked("w4r-2026")
CLOSES_AT = 120_000
moments = st.none() | st.integers(0, 240_000)
asked_for = st.builds(Asked, st.just(ASKED.campaign), moments, moments)
histories = st.builds(
    lambda seed, size: random_history(Random(seed), size, max(1, size // 2)), st.integers(0, 2**32), st.integers(0, 150)
)
Sums = dict[tuple[str, str], tuple[int, int]]


class Log(NamedTuple):
    """A history spread over partitions, and how many records of each lay there before a cut."""

    partitions: list[History]
    positions: list[int]
    ends: list[int]


def spread(history: list[LetterReport], cut: int) -> Log:
    """Give each report to its partition, as the log does."""
    partitions = [History() for _ in range(PARTITIONS)]
    ends = [0] * PARTITIONS
    positions = ends
    for number, report in enumerate([*history, None]):
        if number == cut:
            positions = list(ends)
        if report is not None:
            home = partition_of(report["report_id"].encode(), PARTITIONS)
            partitions[home].add(ends[home], report)
            ends[home] += 1
    return Log(partitions, positions, ends)


def is_asked(report: LetterReport, asked: Asked) -> bool:
    """Tell whether a report is of the campaign and of the period that was asked for."""
    begin = 0 if asked.received_from is None else asked.received_from
    end = 10**9 if asked.received_until is None else asked.received_until
    return report["campaign"] == asked.campaign and begin <= report["received_at"] < end


def counted(history: list[LetterReport], asked: Asked) -> Sums:
    """Count slowly and plainly."""
    sums = recount(one for one in newest(history).values() if is_asked(one, asked))
    return {(scope, member): pair for (_, scope, member), pair in sums.items()}


def at(log: Log, positions: list[int], asked: Asked) -> Sums:
    """Return what the audit says was there at positions."""
    sums: Any = {}
    for history, position in zip(log.partitions, positions, strict=True):
        gather(sums, history.totals_at([position], asked)[position])
    return {member: pair for member, pair in sums.items() if pair != (0, 0)}


def released_of(history: list[LetterReport], seed: int) -> dict[tuple[bytes, int], int]:
    """Let a third of what was said have been held."""
    random = Random(seed)
    said = sorted({(id_of(one["report_id"]), one["revision"]) for one in history})
    return {one: 0 for one in said if random.random() < 0.3}


def newest(history: list[LetterReport]) -> dict[str, LetterReport]:
    """Return the first record of the highest revision of each report."""
    found: dict[str, LetterReport] = {}
    for report in history:
        if report["report_id"] not in found or report["revision"] > found[report["report_id"]]["revision"]:
            found[report["report_id"]] = report
    return found


def written(report: LetterReport | None) -> int:
    return report["letters"] if report and not report["withdrawn"] else 0


def letters_of(report: LetterReport | None, asked: Asked) -> int:
    return written(report) if report and is_asked(report, asked) else 0


def plain_world(
    history: list[LetterReport], cut: int, released: dict[tuple[bytes, int], int], asked: Asked
) -> dict[str, int]:
    """Explain the world's difference in letters, report by report and record by record."""
    before, now = newest(history[:cut]), newest(history)
    causes: dict[str, int] = defaultdict(int)
    for report_id, stands in now.items():
        was = before.get(report_id)
        gain = letters_of(stands, asked) - letters_of(was, asked)
        is_released = (id_of(report_id), stands["revision"]) in released
        if was is None:
            first = next(one for one in history[cut:] if one["report_id"] == report_id)
            came_released = (id_of(report_id), first["revision"]) in released
            is_late = stands["received_at"] >= CLOSES_AT
            causes["released" if came_released else "late" if is_late else "new"] += gain
        elif stands is was:
            continue
        elif stands["withdrawn"]:
            causes["withdrawn"] += gain
        elif written(was) and written(stands) and is_asked(was, asked) != is_asked(stands, asked):
            causes["moved"] += written(was) if is_asked(stands, asked) else gain
            more = written(stands) - written(was) if is_asked(stands, asked) else 0
            causes["released" if is_released else "corrected"] += more
        else:
            causes["released" if is_released else "corrected"] += gain
    return {cause: letters for cause, letters in causes.items() if letters}


def explained(log: Log, released: dict[tuple[bytes, int], int], asked: Asked) -> Causes:
    causes: Causes = {}
    for history, position in zip(log.partitions, log.positions, strict=True):
        merge(causes, causes_since(history, position, Season(asked, CLOSES_AT), released))
    return causes


@given(histories, asked_for, st.data())
def test_a_history_recounts_any_position(history: list[LetterReport], asked: Asked, data: st.DataObject) -> None:
    """Whatever was duplicated, corrected, moved or taken back: at every position stands what a plain recount says."""
    cut = data.draw(st.integers(0, len(history)))
    log = spread(history, cut)
    assert at(log, log.positions, asked) == counted(history[:cut], asked)
    assert at(log, log.ends, asked) == counted(history, asked)
    one = log.partitions[0].totals_at([log.positions[0], 0, log.ends[0]], asked)
    assert one[log.positions[0]] == log.partitions[0].totals_at([log.positions[0]], asked)[log.positions[0]]
    assert one[0] == {}


@given(histories, asked_for, st.integers(0, 2**32), st.data())
def test_causes_sum_to_the_difference(
    history: list[LetterReport], asked: Asked, seed: int, data: st.DataObject
) -> None:
    """Of every member of every scope, letters and reports: what was there and its causes are what stands now."""
    cut = data.draw(st.integers(0, len(history)))
    released = released_of(history, seed)
    causes = explained(spread(history, cut), released, asked)
    before, now = counted(history[:cut], asked), counted(history, asked)
    for member in before.keys() | now.keys() | causes.keys():
        pairs = causes.get(member, {}).values()  # type: ignore[call-overload]  # a scope is a text
        for side in (0, 1):
            gained = sum(pair[side] for pair in pairs)
            assert before.get(member, (0, 0))[side] + gained == now.get(member, (0, 0))[side]


@given(histories, asked_for, st.integers(0, 2**32), st.data())
def test_causes_are_what_a_person_would_say(
    history: list[LetterReport], asked: Asked, seed: int, data: st.DataObject
) -> None:
    """Told report by report from all records, the world's difference has the same causes; moves cancel out."""
    cut = data.draw(st.integers(0, len(history)))
    released = released_of(history, seed)
    causes = explained(spread(history, cut), released, asked)
    world: Any = causes.get(("world", "all"), {})
    assert {cause: pair[0] for cause, pair in world.items() if pair[0]} == plain_world(history, cut, released, asked)
    for scope in ("country", "case", "event", "channel", "kind", "case-country"):
        by_cause: dict[str, int] = defaultdict(int)
        for (of, _), pairs in causes.items():
            for cause, pair in pairs.items():
                by_cause[cause] += pair[0] if of == scope else 0
        assert {cause: n for cause, n in by_cause.items() if n} == {c: p[0] for c, p in world.items() if p[0]}


@given(histories, asked_for, st.integers(0, 240_000), st.integers(0, 2**32))
def test_on_a_log_that_was_made_anew_only_what_is_certain_is_told(
    history: list[LetterReport], asked: Asked, moment: int, seed: int
) -> None:
    """Originals that came after the moment are new, late or released; the rest of any difference is called untold."""
    released = released_of(history, seed)
    causes: Causes = {}
    log = spread(list(newest(history).values()), 0)
    for one in log.partitions:
        merge(causes, causes_after(one, moment, Season(asked, CLOSES_AT), released))
    told = sum(pair[0] for pair in causes.get(("world", "all"), {}).values())
    originals = [one for one in newest(history).values() if not one["revision"] and one["received_at"] > moment]
    assert told == sum(letters_of(one, asked) for one in originals)
    publication = Publication("p", moment, "all", 1, [0] * PARTITIONS, asked, {("world", "all"): (1_000, 7)})
    doubts = list(place_doubts(publication, 2, log.ends))
    assert "epoch 1" in doubts[0]
    now: Any = counted(history, asked)
    (figure,) = checked(publication, doubts, None, now, causes).figures
    assert figure.published[0] + sum(pair[0] for pair in figure.causes.values()) == figure.now[0]
    assert figure.published[1] + sum(pair[1] for pair in figure.causes.values()) == figure.now[1]


@given(histories, st.integers(1, 9), st.data())
def test_what_was_published_wrongly_is_found(history: list[LetterReport], error: int, data: st.DataObject) -> None:
    """A figure that is off, or was left out, is a doubt that names it; right figures are none."""
    before: Any = counted(history, ASKED)
    log = spread(history, len(history))
    publication = Publication("p", 0, "all", 1, log.ends, ASKED, dict(before))
    assert list(place_doubts(publication, 1, log.ends)) == []
    assert checked(publication, [], before, before, {}).doubts == []
    if before:
        member = data.draw(st.sampled_from(sorted(before)))
        letters, reports = before[member]
        wrong = publication._replace(figures=before | {member: (letters + error, reports)})
        (doubt,) = checked(wrong, [], before, before, {}).doubts
        assert f"gives {letters + error:,} letters" in doubt
        if sum(scope == member[0] for scope, _ in before) > 1:
            left = publication._replace(figures={key: pair for key, pair in before.items() if key != member})
            (doubt,) = checked(left, [], before, before, {}).doubts
            assert f"leaves out {member[0]} {member[1]}" in doubt
    ahead = publication._replace(positions=[end + 1 for end in log.ends])
    assert len(list(place_doubts(ahead, 1, log.ends))) == PARTITIONS
    more = publication._replace(positions=[0] * (PARTITIONS + 1))
    assert "names 4 partitions" in next(place_doubts(more, 1, log.ends))
    fewer = publication._replace(positions=[0])
    assert list(place_doubts(fewer, 1, log.ends)) == []
    assert [fewer.position(partition) for partition in range(PARTITIONS)] == [0, 0, 0]


def test_one_campaign_is_cut_out_of_all() -> None:
    """Totals of other campaigns are left out."""
    totals: Any = {("a", "world", "all"): (1, 1), ("b", "world", "all"): (2, 1)}
    assert sums_of(totals, "b") == {("b", "world", "all"): (2, 1)}
