"""A participant's pseudonym out of all that ClickHouse has, for good; what they reported counts on, by nobody."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client

from sinks.clickhouse.forgotten import digest_of

SETTLE_SECONDS: Final = 75
"""By then an insert that began before the participant was on the list is there, or never will be.

A sink asks who is forgotten at each attempt; an attempt is given up after 30 s of silence, and sent again once.
"""
_ANSWER: Final = {"mutations_sync": 1}
_UUID: Final = "(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class StillStoredError(Exception):
    """The pseudonym came back although it is on the list; the message says what to look at."""


class Carrier(NamedTuple):
    """A table with pseudonyms: which rows hold the one of DIGEST, as hex, and what the column is without it."""

    table: str
    column: str
    holds: str
    without: str


def _text(table: str, column: str) -> Carrier:
    """Return the carrier of a JSON text, or of what was to be one: a refused record is kept as it came."""
    found = (
        f"arrayFilter(one -> SHA256(concat('forgotten:', lower(one))) = unhex('DIGEST'), "
        f"extractAll(ifNull({column}, ''), '{_UUID}'))"
    )
    without = (
        "arrayFold((said, one) -> replaceAll(replaceAll(said, concat('\"', one, '\"'), 'null'), one, 'forgotten'), "
        f"{found}, ifNull({column}, ''))"
    )
    return Carrier(table, column, f"notEmpty({found})", without)


CARRIERS: Final = (
    Carrier(
        "letter_reports",
        "participant",
        "SHA256(concat('forgotten:', toString(participant))) = unhex('DIGEST')",
        "NULL",
    ),
    _text("held_submissions", "payload"),
    _text("rejected", "value"),
)
"""As `sinks.clickhouse.forgotten` has them, which keeps it from coming back."""


class Forgotten(NamedTuple):
    """What was done: rows by table, and the lives of the log."""

    rows: dict[str, int]
    came_back: int
    """Rows that an insert had brought which was under way."""
    listed_in: int
    """Newest epoch when the participant was first forgotten."""
    newest: int


def forget(client: Client, participant: str, settle: Callable[[], None]) -> Forgotten:
    """Put the participant on the list, and remove the pseudonym until a look after `settle` finds none.

    `settle` returns once no insert is under way that began before. Run again, it goes on where it was interrupted.
    Raises StillStoredError where something stores what is on the list.
    """
    digest = digest_of(participant)
    listed_in, newest = _list(client, digest)
    rows = _remove(client, digest)
    settle()
    came_back = sum(_remove(client, digest).values())
    if came_back and (left := sum(_count(client, digest).values())):
        raise StillStoredError(
            f"the pseudonym is stored again, in {left} rows: is every sink of this release? Then run it again"
        )
    return Forgotten(rows, came_back, listed_in, newest)


def _list(client: Client, digest: bytes) -> tuple[int, int]:
    newest = int(client.query("SELECT max(epoch) FROM epochs").result_rows[0][0])
    known = f"SELECT epoch FROM forgotten_participants FINAL WHERE digest = unhex('{digest.hex()}')"  # noqa: S608 (a digest)
    if rows := client.query(known).result_rows:
        return int(rows[0][0]), newest
    client.insert(
        "forgotten_participants",
        [[digest, newest, datetime.now(UTC)]],
        column_names=["digest", "epoch", "forgotten_at"],
    )
    return newest, newest


def _remove(client: Client, digest: bytes) -> dict[str, int]:
    """Remove it from every row that has it, and return how many each table had.

    By its digest, so that no list of mutations or queries that ClickHouse keeps has the pseudonym.
    """
    found = _count(client, digest)
    for table, column, holds, without in CARRIERS:
        if found[table]:
            update = f"ALTER TABLE {table} UPDATE {column} = {without} WHERE {holds}"
            client.command(update.replace("DIGEST", digest.hex()), settings=_ANSWER)
    return found


def _count(client: Client, digest: bytes) -> dict[str, int]:
    queries = {one.table: f"SELECT count() FROM {one.table} WHERE {one.holds}" for one in CARRIERS}  # noqa: S608 (ours)
    return {
        table: int(client.query(query.replace("DIGEST", digest.hex())).result_rows[0][0])
        for table, query in queries.items()
    }
