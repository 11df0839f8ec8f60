"""Do all places say the same? What each of them says, and what differs where they do not."""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import httpx
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from deploy.demo import places
from schemas.cluster import read_epoch
from schemas.epoch import Epoch
from schemas.migrations import connect
from sinks.clickhouse.reconcile import ReconcileError, reconcile
from streams.fold import Sums
from tests.counting import shown_totals

CAMPAIGNS = ("w4r-2025", "w4r-2026")
_SHOWN_DIFFERENCES = 5
_CURRENT = """SELECT campaign, scope, member, letters, reports FROM current_tallies
WHERE letters != 0 OR reports != 0"""
_MINUTES = """SELECT campaign, scope, member, sum(letters) AS sums, sum(reports) AS counts FROM tally_minutes FINAL
WHERE epoch = 1 GROUP BY campaign, scope, member HAVING sums != 0 OR counts != 0"""


def differences(expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> list[str]:
    """Return the first few members on which the two do not agree, and how many more there are."""
    keys = sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))
    told = [f"{key}: expected {expected.get(key)}, found {found.get(key)}" for key in keys[:_SHOWN_DIFFERENCES]]
    return [*told, f"and {len(keys) - len(told)} more"] if len(keys) > len(told) else told


def complaints(broker: str, clickhouse: str, counter_port: int, expected: Sums) -> dict[str, list[str]]:
    """Return what each place that does not agree with the recount says differently."""
    readers: dict[str, Callable[[], Mapping[Any, Any]]] = {
        "tallies, read afresh": lambda: shown_totals(broker, expected, limit_seconds=10),
        "counters": lambda: _shown(counter_port),
        "letter_reports": lambda: _asked(clickhouse, _stored),
        "current_tallies": lambda: _asked(clickhouse, _current),
        "tally_minutes": lambda: _asked(clickhouse, _minutes),
    }
    by_minute = {key: pair for key, pair in expected.items() if key[1] in {"world", "country", "case"}}
    found = {
        place: differences(by_minute if place == "tally_minutes" else expected, read())
        for place, read in readers.items()
    }
    found["tally reconcile"] = _unreconciled(broker, clickhouse)
    return {place: differing for place, differing in found.items() if differing}


def rejections(clickhouse: str) -> dict[str, str]:
    """Return origin -> reason as ClickHouse has it; an origin that is there twice has two reasons."""
    with closing(connect(clickhouse)) as client:
        rows = client.query("SELECT origin, groupArray(reason) FROM rejected FINAL GROUP BY origin").result_rows
    return {origin: ", ".join(reasons) for origin, reasons in rows}


def _shown(port: int) -> Sums:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as counters:
        return {
            (campaign, *place): pair
            for campaign in CAMPAIGNS
            for place, pair in places.shown(counters, campaign).items()
        }  # type: ignore[misc]


def _asked(url: str, read: Callable[[Client], Sums]) -> Sums:
    try:
        with closing(connect(url)) as client:
            return read(client)
    except ClickHouseError:
        return {}  # it is away: that is a difference, until the limit


def _stored(client: Client) -> Sums:
    return {
        (campaign, *place): pair for campaign in CAMPAIGNS for place, pair in places.stored(client, campaign).items()
    }  # type: ignore[misc]


def _current(client: Client) -> Sums:
    return {(c, s, m): (letters, reports) for c, s, m, letters, reports in client.query(_CURRENT).result_rows}


def _minutes(client: Client) -> Sums:
    return {(c, s, m): (letters, reports) for c, s, m, letters, reports in client.query(_MINUTES).result_rows}


def _unreconciled(broker: str, url: str) -> list[str]:
    try:
        with closing(connect(url)) as client:
            return [str(one) for one in reconcile(client, broker, _epoch_of(broker), seconds=20).differences]
    except (ReconcileError, ClickHouseError) as error:
        return [str(error)]


def _epoch_of(broker: str) -> Epoch:
    epoch = read_epoch(broker)
    assert epoch is not None
    return epoch
