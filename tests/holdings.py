"""Histories of held submissions with their verdicts, and what they come to when judged slowly and plainly."""

from collections.abc import Sequence
from contextlib import closing
from random import Random
from typing import Any
from uuid import UUID

import kafka

from schemas.held import HeldSubmission, Need, Verdict
from schemas.partition import partition_of
from schemas.report import LetterReport
from schemas.topics import HELD, LETTERS
from schemas.wire import HEADERS, Refusal, decode_report, encode
from streams.holding import Outcome
from tests.counting import PARTITIONS, make_producer
from tests.histories import report_of

Said = HeldSubmission | Verdict
Decided = tuple[str, int, Outcome]
"""Submission, revision, outcome."""


def submission_of(
    number: int, revision: int = 0, needs: Sequence[Need] = ("review",), lines: int = 2
) -> HeldSubmission:
    """Return a submission whose reports nobody else has."""
    reports = [
        report_of(1_000 * (number + 1) + line, revision, 1 + line + revision, number + line, withdrawn=False)
        for line in range(lines)
    ]
    return {
        "submission_id": str(UUID(int=number)),
        "needs": list(needs),
        "reports": reports,
        "held_at": 1_700_000_000_000 + number,
    }


def verdict_of(
    number: int, gives: Need, verdict: Outcome = "release", through: int | None = None, given_at: int = 1
) -> Verdict:
    return {
        "submission_id": str(UUID(int=number)),
        "gives": gives,
        "verdict": verdict,
        "through_revision": through,
        "given_at": given_at,
    }


def correction_of(number: int, revision: int, given_at: int = 1) -> Verdict:
    """Return what a collector writes of a correction that need not wait."""
    verdict = verdict_of(number, "review", "discard", revision - 1, given_at)
    return {**verdict, "because": "corrected"}


def confirmation_of(number: int, given_at: int = 1) -> Verdict:
    return verdict_of(number, "confirmation", given_at=given_at)


def random_holding(random: Random, size: int, ids: int) -> list[Said]:
    """Return submissions, corrections of them and verdicts in any order; a revision of one always says the same."""
    said: list[Said] = []
    for _ in range(size):
        number = random.randrange(ids)
        if random.random() < 0.5:
            revision = random.choice((0, 0, 1, 2))
            needs: list[Need] = Random(number * 10 + revision).choice(
                (["review"], ["confirmation"], ["review", "confirmation"])
            )
            said.append(submission_of(number, revision, needs))
        else:
            gives = random.choice(("review", "confirmation"))
            outcome = random.choice(("release", "release", "discard"))
            through = random.choice((None, 0, 1, 2))
            given_at = random.randrange(3)
            if gives == "review" and outcome == "discard" and through is not None and given_at:
                said.append(correction_of(number, through + 1, given_at))
            else:
                said.append(verdict_of(number, gives, outcome, through, given_at))
    return said


def judged(log: Sequence[Said]) -> tuple[dict[tuple[str, int], tuple[Outcome, int]], dict[str, list[Need]]]:
    """Judge anew after every record: the first outcome of each revision with where it came, and who waits for what."""
    outcomes: dict[tuple[str, int], tuple[Outcome, int]] = {}
    waiting: dict[str, list[Need]] = {}
    for end in range(1, len(log) + 1):
        seen = [one for one in log[:end] if one["submission_id"] == log[end - 1]["submission_id"]]
        submission_id = seen[0]["submission_id"]
        submissions: list[Any] = [one for one in seen if "verdict" not in one]
        if not submissions:
            continue
        newest = max(one["reports"][0]["revision"] for one in submissions)
        if (submission_id, newest) in outcomes:
            continue
        standing = next(one for one in submissions if one["reports"][0]["revision"] == newest)
        given = _given([one for one in seen if "verdict" in one], newest)
        if "discard" in given.values():
            outcomes[submission_id, newest] = ("discard", end - 1)
        elif all(given.get(need) == "release" for need in standing["needs"]):
            outcomes[submission_id, newest] = ("release", end - 1)
        waiting[submission_id] = sorted(need for need in standing["needs"] if need not in given)
        if (submission_id, newest) in outcomes:
            del waiting[submission_id]
    return outcomes, waiting


def _given(verdicts: Sequence[Any], revision: int) -> dict[str, str]:
    """Return what stands for each need and speaks of the revision."""
    given = {}
    for need in ("review", "confirmation"):
        mine = [v for v in verdicts if v["gives"] == need]
        best = max(
            mine,
            key=lambda v: (
                v["through_revision"] is None,
                v["through_revision"] or 0,
                v["given_at"],
                v["verdict"] == "discard",
            ),
            default=None,
        )
        if best is not None and (best["through_revision"] is None or best["through_revision"] >= revision):
            given[need] = best["verdict"]
    return given


def released_reports(log: Sequence[Said]) -> list[LetterReport]:
    """Return the reports that the log comes to release, each as often as its revisions were released."""
    outcomes, _ = judged(log)
    found: list[LetterReport] = []
    for (submission_id, revision), (outcome, _) in outcomes.items():
        if outcome == "release":
            found += next(
                one["reports"]
                for one in log
                if "reports" in one
                and one["submission_id"] == submission_id
                and one["reports"][0]["revision"] == revision
            )
    return found


def hold(address: str, log: Sequence[Said]) -> None:
    """Send submissions and verdicts to `held`, those of one submission in order, and return once all are safe."""
    with closing(make_producer(address)) as producer:
        futures = []
        for said in log:
            key = said["submission_id"].encode()
            home = partition_of(key, PARTITIONS)
            futures.append(producer.send(HELD.name, key=key, value=encode(said), headers=HEADERS, partition=home))
        for future in futures:
            future.get(timeout=60)


def read_all(address: str, topic: str) -> list[Any]:
    """Return all records of a topic, up to where it ended when it was asked."""
    with closing(
        kafka.KafkaConsumer(allow_auto_create_topics=False, bootstrap_servers=address, enable_auto_commit=False)
    ) as consumer:
        homes = [kafka.TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(homes)
        consumer.seek_to_beginning(*homes)
        ends = consumer.end_offsets(homes)
        found = []
        while any(consumer.position(home) < ends[home] for home in homes):
            for records in consumer.poll(timeout_ms=200).values():
                found += records
    return found


def letters_of(address: str) -> list[LetterReport]:
    """Return every report on `letters`; one that lies in a wrong place fails."""
    found = []
    for record in read_all(address, LETTERS.name):
        report = decode_report(record.key, record.value, record.headers)
        assert not isinstance(report, Refusal)
        assert record.partition == partition_of(record.key, PARTITIONS)
        found.append(report)
    return found
