"""The three places in which a number can be seen: the fold's totals on Kafka, the counters, ClickHouse."""

from collections.abc import Callable
from typing import Any, Final, cast

import httpx
import kafka
from clickhouse_connect.driver.client import Client
from kafka.errors import KafkaError

from deploy.demo.expected import Totals, standing
from schemas.tally import Tally
from schemas.topics import TALLIES
from schemas.wire import decode_tally

_MEMBERS: Final = {
    "world": "'all'",
    "country": "country",
    "case": "case",
    "event": "event",
    "channel": "channel",
    "kind": "kind",
    "case-country": "concat(case, ':', country)",
}


class Counted:
    """Reads the fold's newest totals of an epoch from the start of `tallies`, and then only what is new."""

    def __init__(self, servers: str, partitions: int, campaign: str, epoch: Callable[[], int]) -> None:
        self._servers = servers
        self._campaign = campaign
        self._epoch_now = epoch
        self._homes = [kafka.TopicPartition(TALLIES.name, number) for number in range(partitions)]
        self._reader: Any = None
        self._epoch = -1
        self._newest: dict[bytes, Tally] = {}

    def read(self) -> Totals:
        """Return what is counted up to now; nothing while Kafka does not answer."""
        try:
            self._read_on()
        except KafkaError:
            self.close()
            return {}
        totals: Totals = {}
        for tally in self._newest.values():
            letters, reports = totals.get((tally["scope"], tally["member"]), (0, 0))
            totals[tally["scope"], tally["member"]] = (letters + tally["letters"], reports + tally["reports"])
        return standing(totals)

    def close(self) -> None:
        """Disconnect; a later `read` begins anew."""
        if self._reader is not None:
            self._reader.close()
        self._reader, self._newest = None, {}

    def _read_on(self) -> None:
        if self._reader is None or self._epoch != self._epoch_now():  # another epoch may be on another broker
            self.close()
            self._epoch = self._epoch_now()
            self._reader = kafka.KafkaConsumer(
                bootstrap_servers=self._servers, enable_auto_commit=False, allow_auto_create_topics=False
            )
            self._reader.assign(self._homes)
            self._reader.seek_to_beginning(*self._homes)
        ends = self._reader.end_offsets(self._homes)
        while any(self._reader.position(home) < ends[home] for home in self._homes):
            for records in self._reader.poll(timeout_ms=500).values():
                for record in records:
                    self._take(record.key, record.value)

    def _take(self, key: bytes, value: bytes) -> None:
        told = decode_tally(key, value)
        if "scope" not in told:
            return  # a frame
        tally = cast("Tally", told)
        if tally["epoch"] != self._epoch or tally["campaign"] != self._campaign:
            return
        known = self._newest.get(key)
        if known is None or tally["version"] >= known["version"]:
            self._newest[key] = tally


def shown(counters: httpx.Client, campaign: str) -> Totals:
    """Return what the counters show; nothing while they do not answer."""
    try:
        answer = counters.get("/v1/tallies", params={"campaign": campaign})
    except httpx.TransportError:
        return {}
    totals = answer.json().get("totals", [])
    return standing({(t["scope"], t["member"]): (t["letters"], t["reports"]) for t in totals})


def stored(client: Client, campaign: str) -> Totals:
    """Return what the reports in ClickHouse come to."""
    totals: Totals = {}
    for scope, member in _MEMBERS.items():
        rows = client.query(
            f"SELECT {member}, sum(letters), count() FROM letter_reports FINAL "  # noqa: S608 (our own columns)
            "WHERE campaign = {campaign:String} AND NOT withdrawn AND letters > 0 GROUP BY 1",
            parameters={"campaign": campaign},
        )
        totals |= {(scope, str(row[0])): (int(row[1]), int(row[2])) for row in rows.result_rows}
    return totals
