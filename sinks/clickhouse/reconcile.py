"""Holds the truth (letter_reports) against the totals (tallies), exactly, while both go on growing.

For each partition: the log from what is stored, P, to its end, L, is read; then one scan sums what stands at s and
names each report of that window singly; then totals of a version v in [max(P, s), L] are awaited, and the records
[max(P, s), v) are folded over the truth: both are now of the same v. A v beyond L means one more round.
"""

import time
from contextlib import closing
from typing import Final, NamedTuple

import kafka
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.external import ExternalData
from kafka import TopicPartition

from schemas.epoch import Epoch
from schemas.partition import partition_of
from schemas.report import LetterReport
from schemas.topics import LETTERS
from schemas.wire import Refusal, decode_report
from sinks.clickhouse.truth import Place, Sides, Standing, Totals, Verdict, add, fold_over, judge

_WINDOW_RECORDS: Final = 200_000
_PAUSE_SECONDS: Final = 0.05
_STORED: Final = "SELECT partition, max(offset) + 1 FROM letter_reports WHERE epoch = {epoch:UInt32} GROUP BY partition"
_TRUTH: Final = """
SELECT report_id IN (SELECT id FROM window) AS is_single, if(is_single, toString(report_id), '') AS id, partition,
    campaign, `case`, event, country, channel, kind,
    sum(if(withdrawn, 0, letters)) AS standing, countIf(NOT withdrawn AND letters > 0) AS reports,
    max(revision) AS newest, max(if(epoch = {epoch:UInt32}, offset + 1, 0)) AS next_offset
FROM letter_reports FINAL
GROUP BY is_single, id, partition, campaign, `case`, event, country, channel, kind"""
_FRAMES: Final = "SELECT partition, version FROM frames FINAL WHERE epoch = {epoch:UInt32}"
_TOTALS: Final = """SELECT partition, campaign, scope, member, letters, reports, version
FROM tallies FINAL WHERE epoch = {epoch:UInt32}"""


class ReconcileError(Exception):
    """Truth and totals could not be brought to one cut; the message says which partitions and why."""


class Truth(NamedTuple):
    """What stands in one partition, and what of it stands for the reports of the window."""

    next_offset: int
    sums: Totals
    standing: dict[str, Standing]


class Counted(NamedTuple):
    """The totals of one partition as of a version."""

    version: int
    totals: Totals


class AtVersion(NamedTuple):
    """Both sides of one partition, as of its first `version` records."""

    version: int
    sides: Sides


class Log(NamedTuple):
    """A window [start, end) of one partition of `letters`, without what counts nowhere."""

    start: int
    end: int
    reports: list[tuple[int, LetterReport]]


class Cut(NamedTuple):
    """One partition, ready to be compared at any version in [start, end of the log's window]."""

    log: Log
    truth: Truth

    @property
    def start(self) -> int:
        """Everything before it is in the truth."""
        return max(self.log.start, self.truth.next_offset)


def reconcile(client: Client, servers: str, epoch: Epoch, seconds: float = 60) -> Verdict:
    """Return what was compared and every total that differs from the truth; raises ReconcileError after `seconds`."""
    return judge({partition: one.sides for partition, one in read_sides(client, servers, epoch, seconds).items()})


def read_sides(client: Client, servers: str, epoch: Epoch, seconds: float = 60) -> dict[int, AtVersion]:
    """Return truth and totals of each partition at one version of it; raises ReconcileError after `seconds`.

    An epoch that is still being restored has no cut yet: the truth is all there before the log holds it again.
    """
    deadline = time.monotonic() + seconds
    if epoch["complete_at"] is None:
        raise ReconcileError(f"epoch {epoch['epoch']} is still being restored")
    open_partitions = set(range(len(epoch["complete_at"])))
    compared: dict[int, AtVersion] = {}
    with closing(
        kafka.KafkaConsumer(allow_auto_create_topics=False, bootstrap_servers=servers, enable_auto_commit=False)
    ) as consumer:
        while open_partitions:
            logs = _read_logs(client, consumer, epoch["epoch"], epoch["complete_at"], deadline)
            truths = _read_truth(client, epoch["epoch"], logs)
            cuts = {p: Cut(logs[p], truths.get(p, Truth(0, {}, {}))) for p in open_partitions}
            compared |= _bring_to_one_version(client, epoch["epoch"], cuts, deadline)
            open_partitions -= compared.keys()
            if open_partitions and time.monotonic() > deadline:
                raise ReconcileError(f"the totals of partitions {sorted(open_partitions)} run ahead of what was read")
    return compared


def _bring_to_one_version(client: Client, epoch: int, cuts: dict[int, Cut], deadline: float) -> dict[int, AtVersion]:
    """Return both sides of each partition whose totals came within its window; the others need another round."""
    waiting = dict(cuts)
    compared: dict[int, AtVersion] = {}
    while waiting:
        counted = _read_totals(client, epoch)
        for partition, cut in list(waiting.items()):
            now = counted.get(partition, Counted(0, {}))
            if now.version < cut.start:
                continue
            del waiting[partition]
            if now.version <= cut.log.end:
                compared[partition] = AtVersion(now.version, Sides(_truth_at(cut, now.version), now.totals))
        if waiting and time.monotonic() > deadline:
            raise ReconcileError(f"the totals of partitions {sorted(waiting)} do not reach what is stored")
        time.sleep(_PAUSE_SECONDS)
    return compared


def _truth_at(cut: Cut, version: int) -> Totals:
    further = (report for offset, report in cut.log.reports if cut.start <= offset < version)
    fold_over(cut.truth.sums, cut.truth.standing, further)
    return cut.truth.sums


def _read_logs(
    client: Client, consumer: kafka.KafkaConsumer, epoch: int, complete_at: list[int], deadline: float
) -> dict[int, Log]:
    logs = _windows(client, consumer, epoch, complete_at)
    # Only what has something to read: a broker whose known end is behind what is stored would turn a seek away.
    topics = [TopicPartition(LETTERS.name, partition) for partition, log in logs.items() if log.start < log.end]
    consumer.assign(topics)
    for topic in topics:
        consumer.seek(topic, logs[topic.partition].start)
    while any(consumer.position(topic) < logs[topic.partition].end for topic in topics):
        if time.monotonic() > deadline:
            raise ReconcileError("Kafka did not hand out the end of the log in time")
        for topic, records in consumer.poll(timeout_ms=200).items():
            log = logs[topic.partition]
            read = [(r.offset, decode_report(r.key, r.value, r.headers)) for r in records if r.offset < log.end]
            log.reports.extend(
                (offset, report)
                for offset, report in read
                if not isinstance(report, Refusal)
                and partition_of(report["report_id"].encode(), len(complete_at)) == topic.partition
            )
    return logs


def _windows(client: Client, consumer: kafka.KafkaConsumer, epoch: int, complete_at: list[int]) -> dict[int, Log]:
    """Return what is still to be read of each partition: from what is stored to what the log is known to have."""
    stored = dict(_ask(client, _STORED, epoch))
    if missing := [p for p, offset in enumerate(complete_at) if stored.get(p, 0) < offset]:
        raise ReconcileError(f"ClickHouse has not stored again what was restored to partitions {missing}")
    # The embedded broker may tell an end that lies some records back, for as long as nothing is added. A frame of a
    # version proves that the log has so many.
    counted = dict(_ask(client, _FRAMES, epoch))
    ends = consumer.end_offsets([TopicPartition(LETTERS.name, partition) for partition in range(len(complete_at))])
    logs = {}
    for topic, end in ends.items():
        start = stored.get(topic.partition, 0)
        logs[topic.partition] = Log(start, max(start, end, counted.get(topic.partition, 0)), [])
    if (behind := sum(log.end - log.start for log in logs.values())) > _WINDOW_RECORDS:
        raise ReconcileError(f"ClickHouse is {behind} records behind the log: wait for the sink")
    return logs


def _read_truth(client: Client, epoch: int, logs: dict[int, Log]) -> dict[int, Truth]:
    ids = {report["report_id"] for log in logs.values() for _, report in log.reports}
    window = ExternalData(
        file_name="window.tsv", data="".join(f"{i}\n" for i in ids).encode(), fmt="TSV", structure="id UUID"
    )
    truths: dict[int, Truth] = {}
    # One scan: two would see two states of the table.
    for row in _ask(client, _TRUTH, epoch, window):
        is_single, report_id, partition, *place, letters, reports, revision, next_offset = row
        truth = truths.setdefault(partition, Truth(0, {}, {}))
        add(truth.sums, Place(*place), letters, reports)
        if is_single:
            truth.standing[report_id] = Standing(revision, letters, Place(*place))
        truths[partition] = truth._replace(next_offset=max(truth.next_offset, next_offset))
    return truths


def _read_totals(client: Client, epoch: int) -> dict[int, Counted]:
    """Return each partition's totals and the version as of which they are true.

    Totals are stored before their frame, each emission at once: read after the frame they are at least as new, and
    where one of them is newer than the frame, all are as of that one.
    """
    counted = {partition: Counted(version, {}) for partition, version in _ask(client, _FRAMES, epoch)}
    for partition, campaign, scope, member, letters, reports, version in _ask(client, _TOTALS, epoch):
        before = counted.get(partition, Counted(0, {}))
        before.totals[campaign, scope, member] = (letters, reports)
        counted[partition] = before._replace(version=max(before.version, version))
    return counted


def _ask(client: Client, query: str, epoch: int, window: ExternalData | None = None) -> list[tuple]:  # type: ignore[type-arg]  # rows of different widths
    answer = client.query(query, parameters={"epoch": epoch}, external_data=window)
    return [tuple(row) for row in answer.result_rows]
