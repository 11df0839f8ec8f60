"""Do all places agree? What was accepted, what the fold counted, what is shown, what is stored."""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final, cast

import httpx
import kafka
from clickhouse_connect.driver.client import Client

from deploy.demo.senders import Sent, Totals
from schemas.tally import SCOPES, Tally
from schemas.topics import TALLIES
from schemas.wire import decode_tally

_AGREE_SECONDS: Final = 30
_MEMBERS: Final = {
    "world": "'all'",
    "country": "country",
    "case": "case",
    "event": "event",
    "channel": "channel",
    "kind": "kind",
    "case-country": "concat(case, ':', country)",
}


def verdict(sent: Sent, before: Totals, readers: dict[str, Callable[[], Totals]]) -> dict[str, Any]:
    """Return what each place has by scope and whether all agree, waiting for the slowest up to half a minute."""
    expected = dict(before)
    for member, (letters, reports) in sent.expected.items():
        known = expected.get(member, (0, 0))
        expected[member] = (known[0] + letters, known[1] + reports)
    deadline = time.monotonic() + _AGREE_SECONDS
    seen = {name: read() for name, read in readers.items()}
    while any(totals != expected for totals in seen.values()) and time.monotonic() < deadline:
        time.sleep(0.2)
        seen = {name: read() for name, read in readers.items()}
    places = {"expected": expected, **seen}
    return {
        "offered": sent.offered,
        "accepted": sent.accepted,
        "refused": dict(sent.refused),
        "letters_by_scope": {
            scope: {name: _letters(totals, scope) for name, totals in places.items()} for scope in SCOPES
        },
        "members_that_differ": sum(len(set(totals.items()) ^ set(expected.items())) for totals in seen.values()),
        "all_agree": all(totals == expected for totals in seen.values()),
    }


def _letters(totals: Totals, scope: str) -> int:
    return sum(letters for (of, _), (letters, _) in totals.items() if of == scope)


def counted(servers: str, partitions: int, campaign: str, epoch: int) -> Totals:
    """Return the fold's newest totals, read from the start of `tallies`."""
    newest: dict[bytes, Any] = {}
    homes = [kafka.TopicPartition(TALLIES.name, number) for number in range(partitions)]
    with closing(
        kafka.KafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False, allow_auto_create_topics=False)
    ) as reader:
        reader.assign(homes)
        reader.seek_to_beginning(*homes)
        ends = reader.end_offsets(homes)
        while any(reader.position(home) < ends[home] for home in homes):
            for records in reader.poll(timeout_ms=500).values():
                for record in records:
                    told = decode_tally(record.key, record.value)
                    if "scope" not in told:
                        continue  # a frame
                    tally = cast("Tally", told)
                    if tally["epoch"] != epoch or tally["campaign"] != campaign:
                        continue
                    known = newest.get(record.key)
                    newest[record.key] = tally if known is None or tally["version"] >= known["version"] else known
    totals: Totals = {}
    for tally in newest.values():
        letters, reports = totals.get((tally["scope"], tally["member"]), (0, 0))
        totals[tally["scope"], tally["member"]] = (letters + tally["letters"], reports + tally["reports"])
    return _standing(totals)


def shown(counters: str, campaign: str) -> Totals:
    """Return what the counters show; nothing while they do not answer."""
    try:
        answer = httpx.get(f"{counters}/v1/tallies", params={"campaign": campaign}, timeout=10, trust_env=False)
    except httpx.TransportError:
        return {}
    totals = answer.json().get("totals", [])
    return _standing({(t["scope"], t["member"]): (t["letters"], t["reports"]) for t in totals})


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


def _standing(totals: Totals) -> Totals:
    return {member: pair for member, pair in totals.items() if pair != (0, 0)}
