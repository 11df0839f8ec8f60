"""Corrections: what a sender is told, and what the fold makes of what lies on Kafka."""

from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import httpx
import kafka
import pytest

from schemas.report import LetterReport
from schemas.topics import LETTERS
from schemas.wire import Refusal, decode_report
from streams.fold import fold
from tests.brokers import EmbeddedBroker
from tests.counting import PARTITIONS

LINES = [{"case": "amara", "letters": 5}, {"case": "rosa", "letters": 2}]
BODY: dict[str, Any] = {"campaign": "w4r-2026", "country": "FR", "lines": LINES}


def reports_on(address: str) -> list[LetterReport]:
    """Return every report on `letters`, each partition in its order.

    The embedded broker may tell an end that is a batch too low, so it is read to where nothing more comes.
    """
    homes = [kafka.TopicPartition(LETTERS.name, number) for number in range(PARTITIONS)]
    found = []
    with closing(kafka.KafkaConsumer(bootstrap_servers=address, enable_auto_commit=False)) as reader:
        reader.assign(homes)
        reader.seek_to_beginning(*homes)
        ends = reader.end_offsets(homes)
        while (more := reader.poll(timeout_ms=1000)) or any(reader.position(home) < ends[home] for home in homes):
            found += [record for records in more.values() for record in records]
    decoded = [decode_report(record.key, record.value, record.headers) for record in found]
    assert not any(isinstance(report, Refusal) for report in decoded)
    return decoded  # type: ignore[return-value]


def counted(address: str) -> dict[str, tuple[int, int]]:
    """Return letters and reports of what has any, by member of the scopes case-country and world."""
    reports = reports_on(address)
    change = fold([(UUID(r["report_id"]).bytes, r) for r in reports], [None] * len(reports))
    wanted = {"world", "case-country"}
    return {member: pair for (_, scope, member), pair in change.totals.items() if scope in wanted and pair != (0, 0)}


class Sender:
    """Reports and corrects under one key."""

    def __init__(self, collector: httpx.Client) -> None:
        self._collector = collector
        self._headers = {"Idempotency-Key": str(uuid4())}

    def post(self, **changes: object) -> httpx.Response:
        return self._collector.post("/v1/reports", json=BODY | changes, headers=self._headers)

    def put(self, **changes: object) -> httpx.Response:
        return self._collector.put("/v1/reports", json=BODY | changes, headers=self._headers)


@pytest.fixture
def sender(collector: httpx.Client) -> Sender:
    return Sender(collector)


def of(amara: int, rosa: int) -> list[dict[str, object]]:
    return [{"case": "amara", "letters": amara}, {"case": "rosa", "letters": rosa}]


def ids_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 202, answer.text
    return [report["report_id"] for report in answer.json()["reports"]]


def test_a_correction_replaces_line_by_line(sender: Sender, broker: EmbeddedBroker) -> None:
    """Another count, another case and another country replace what was reported, under the same report ids."""
    first = ids_of(sender.post())
    assert counted(broker.address) == {"all": (7, 2), "amara:FR": (5, 1), "rosa:FR": (2, 1)}
    assert ids_of(sender.put(lines=of(6, 2))) == first
    assert counted(broker.address) == {"all": (8, 2), "amara:FR": (6, 1), "rosa:FR": (2, 1)}
    moved = sender.put(country="PL", lines=[{"case": "mei", "letters": 6}, LINES[1]])
    assert ids_of(moved) == first
    assert [(line["case"], line["letters"]) for line in moved.json()["reports"]] == [("mei", 6), ("rosa", 2)]
    assert counted(broker.address) == {"all": (8, 2), "mei:PL": (6, 1), "rosa:PL": (2, 1)}


def test_no_letters_take_back(sender: Sender, broker: EmbeddedBroker) -> None:
    """A line with 0 letters takes itself back, all lines with 0 everything, and a later correction brings it again."""
    ids = ids_of(sender.post())
    assert ids_of(sender.put(lines=of(0, 2))) == ids
    assert counted(broker.address) == {"all": (2, 1), "rosa:FR": (2, 1)}
    assert ids_of(sender.put(lines=of(0, 0))) == ids
    assert counted(broker.address) == {}
    assert [r["withdrawn"] for r in reports_on(broker.address) if not r["letters"]] == [True] * 3
    assert ids_of(sender.put(lines=of(1, 1))) == ids
    assert counted(broker.address)["all"] == (2, 2)


def test_the_newest_moment_stands(sender: Sender, broker: EmbeddedBroker) -> None:
    """A repeated correction is the same revision, and an older one that comes late changes nothing."""
    sender.post()
    newer = sender.put(lines=of(9, 0), modified_at="2026-11-02T10:00:00.002+01:00")
    again = sender.put(lines=of(9, 0), modified_at="2026-11-02T09:00:00.002Z")
    assert newer.json()["reports"] == again.json()["reports"]
    assert {report["revision"] for report in newer.json()["reports"]} == {1_793_610_000_002}
    assert sender.put(lines=of(1, 1), modified_at="2026-11-02T09:00:00.001Z").status_code == 202
    assert counted(broker.address) == {"all": (9, 1), "amara:FR": (9, 1)}


def test_a_correction_may_come_first(sender: Sender, broker: EmbeddedBroker) -> None:
    """A correction that overtakes its original stands, and the original under it is accepted and changes nothing."""
    assert ids_of(sender.put(lines=of(3, 0))) == ids_of(sender.post())
    assert counted(broker.address) == {"all": (3, 1), "amara:FR": (3, 1)}


def test_a_form_keeps_its_places(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """A form in which other fields are empty than before corrects each case, since an empty one keeps its place."""
    form = {"campaign": "w4r-2026", "country": "FR"}
    headers = {"Idempotency-Key": str(uuid4())}
    first = {**form, "letters[amara]": "", "letters[rosa]": "2"}
    second = {**form, "letters[amara]": "4", "letters[rosa]": ""}
    assert collector.post("/v1/reports", data=first, headers=headers).status_code == 202
    assert collector.put("/v1/reports", data=second, headers=headers).status_code == 202
    assert counted(broker.address) == {"all": (4, 1), "amara:FR": (4, 1)}


def test_what_is_no_correction_is_refused_by_name(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """Without a key, with an impossible moment, or against a rule of reports, a correction changes nothing."""
    sender = Sender(collector)
    assert sender.post(modified_at="2026-11-02T09:00:00Z").json()["field"] == "modified_at"
    ids_of(sender.post())
    for headers in ({}, {"Idempotency-Key": ""}):
        answer = collector.put("/v1/reports", json=BODY, headers=headers)
        assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
        assert all(answer.json()[name] for name in ("reason", "detail", "remedy"))
    for changes, reason, field in (
        ({"modified_at": "1999-12-31T23:59:59Z"}, "bad_value", "modified_at"),
        ({"modified_at": "2098-01-01T00:00:00Z"}, "bad_value", "modified_at"),
        ({"modified_at": "2026-11-02"}, "bad_value", "modified_at"),
        ({"modified_at": "yesterday"}, "bad_value", "modified_at"),
        ({"lines": [{"case": "nobody", "letters": 0}, LINES[1]]}, "unknown_case", "lines.0.case"),
        ({"lines": of(10**9 + 1, 0)}, "count_out_of_range", "lines.0.letters"),
        ({"lines": of(5, 0)[:1]}, "bad_value", "lines"),
    ):
        answer = sender.put(**changes)
        told = answer.json()
        assert (answer.status_code, told["reason"], told["field"]) == (422, reason, field)
    assert counted(broker.address)["all"] == (7, 2)
