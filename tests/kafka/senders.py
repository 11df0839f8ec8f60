"""Those who report: our own form as JSON and as a form, and a platform's webhook with several reports."""

import itertools
import json
import time
from collections.abc import Sequence
from random import Random
from threading import Event
from typing import Any, Final

import httpx

from schemas.identity import report_id_of
from schemas.report import LetterReport
from tests.parts import Part
from tests.producers.proofs import proven

SOURCE: Final = "a-platform"
_PAUSE_SECONDS: Final = 0.02
_CASES: Final = ("amara", "rosa", "ilya")
Accepted = dict[str, LetterReport]
Said = dict[str, Any]
"""What a sender says: country, event or none, and its lines of case and letters."""


class Sender:
    """One of them, with a client of its own; what it was told yes to is in `accepted`."""

    def __init__(self, number: int, collectors: Sequence[Part]) -> None:
        self._number = number
        self._random = Random(number)
        self._addresses = itertools.cycle(f"http://127.0.0.1:{collector.port}" for collector in collectors)
        self.accepted: Accepted = {}
        self.slowest_seconds = 0.0

    def send_until(self, is_over: Event) -> None:
        """Report, each submission to one collector after the other until one accepts it."""
        ways = itertools.cycle((self._json, self._form, self._webhook))
        with httpx.Client(timeout=20, trust_env=False) as client:
            for count in itertools.takewhile(lambda _: not is_over.is_set(), itertools.count()):
                next(ways)(client, f"sender {self._number}, submission {count}")
                time.sleep(_PAUSE_SECONDS)  # the pace of the load, not a wait for anything

    def _json(self, client: httpx.Client, key: str) -> None:
        said = _say(self._random)
        body = {"campaign": "w4r-2026", **said}
        answer = self._send(client, "/v1/reports", {"json": body, "headers": {"Idempotency-Key": key}})
        self._accept(said, [line["report_id"] for line in answer["reports"]], "reports")

    def _form(self, client: httpx.Client, key: str) -> None:
        said = _say(self._random)
        fields: dict[str, Any] = {"campaign": "w4r-2026", "country": said["country"]}
        fields["case"] = [line["case"] for line in said["lines"]]
        fields["letters"] = [str(line["letters"]) for line in said["lines"]]
        answer = self._send(client, "/v1/reports", {"data": fields, "headers": {"Idempotency-Key": key}})
        self._accept(said, [line["report_id"] for line in answer["reports"]], "reports")

    def _webhook(self, client: httpx.Client, key: str) -> None:
        said = _say(self._random)
        ids = [f"{key}, {number}" for number in range(len(said["lines"]))]
        reports = [{"id": i, "country": said["country"], **line} for i, line in zip(ids, said["lines"], strict=True)]
        body = json.dumps(reports).encode()
        headers, _ = proven("generic", body)
        answer = self._send(client, f"/v1/channels/{SOURCE}", {"content": body, "headers": headers})
        assert answer["counted"] == len(reports), answer
        self._accept(said, [report_id_of("generic", SOURCE, i, "") for i in ids], "generic")

    def _send(self, client: httpx.Client, path: str, request: dict[str, Any]) -> Said:
        """Return the answer of the first collector that is there; each that is there accepts, within its time."""
        deadline = time.monotonic() + 120
        for address in self._addresses:
            assert time.monotonic() < deadline, "nobody accepts"
            began = time.monotonic()
            try:
                answer = client.post(f"{address}{path}", **request)
            except httpx.TransportError:
                time.sleep(0.1)
                continue  # the collector is dead, or died while it answered
            assert answer.is_success, answer.text
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)
            told: Said = answer.json()
            return told
        raise AssertionError("it goes round for ever")

    def _accept(self, said: Said, report_ids: Sequence[str], channel: str) -> None:
        for report_id, line in zip(report_ids, said["lines"], strict=True):
            self.accepted[report_id] = _report(report_id, said, line, channel)


def _say(random: Random) -> Said:
    cases = random.sample(_CASES, random.randrange(1, 4))
    lines = [{"case": case, "letters": random.randrange(1, 10)} for case in cases]
    return {"country": random.choice(("FR", "PL", "ZZ")), "lines": lines}


def _report(report_id: str, said: Said, line: Said, channel: str) -> LetterReport:
    return {
        "report_id": report_id,
        "revision": 0,
        "withdrawn": False,
        "participant": None,
        "campaign": "w4r-2026",
        "case": line["case"],
        "event": None,
        "country": said["country"],
        "channel": channel,
        "source": SOURCE if channel == "generic" else "reports",
        "kind": "letter",
        "letters": line["letters"],
        "written_at": None,
        "received_at": 0,
    }
