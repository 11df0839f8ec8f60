"""The analysts' user on the embedded server: reads what is made for questions, within limits, and nothing else."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from random import Random

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from schemas.analysts import LIMITS, LONGEST_SECONDS, READABLE, WITHHELD, statements
from tests.deploy.engines import ANALYSTS_WORD, Server, stocked
from tests.sinks.clickhouse.history import seasons_history

HISTORY = seasons_history(Random(3), 300)
FOR_DAYS = "SELECT count() FROM numbers(1000000000000000) WHERE sipHash64(number) = 1 SETTINGS max_execution_time = 1"
NARROW = """
import typer
from deploy.embedded import clickhouse, users
users.QUERIES_PER_HOUR = 30
users.LIMITS = {**users.LIMITS, "max_rows_to_read": 1}
typer.run(clickhouse.serve)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the embedded server with a history in it."""
    with stocked(tmp_path_factory.mktemp("analysts"), HISTORY) as server:
        yield server


@pytest.fixture
def tally(server: Server) -> Iterator[Client]:
    with closing(server.connect()) as client:
        yield client


@pytest.fixture
def analyst(server: Server) -> Iterator[Client]:
    with closing(server.connect_analyst()) as client:
        yield client


def name_of(failure: DatabaseError) -> str:
    """Return the name by which ClickHouse calls an error."""
    names = re.findall(r"\(([A-Z_]{5,})\)|::(filesystem_error),", str(failure))
    assert len(names) == 1, str(failure)
    return "".join(names[0])


def refusal(client: Client, query: str) -> str:
    """Return the name of the error that a query ends with."""
    with pytest.raises(DatabaseError) as refused:
        client.command(query)
    return name_of(refused.value)


def test_every_table_is_for_analysts_or_has_a_reason_why_not(tally: Client) -> None:
    """No table or view of a migrated database is forgotten in what analysts may read and what not."""
    there = {name for (name,) in tally.query("SELECT name FROM system.tables WHERE database = 'tally'").result_rows}
    assert there == {*READABLE, *WITHHELD}
    assert not {*READABLE} & {*WITHHELD}


@pytest.mark.parametrize("name", READABLE)
def test_analysts_read_what_is_made_for_them(tally: Client, analyst: Client, name: str) -> None:
    """A plain SELECT of theirs gives what its owner reads, with FINAL where it is a table."""
    ((engine,),) = tally.query(f"SELECT engine FROM system.tables WHERE name = '{name}'").result_rows  # noqa: S608 (a name of ours)
    final = "" if engine == "View" else " FINAL"
    told = tally.query(f"SELECT * FROM {name}{final} ORDER BY ALL").result_rows  # noqa: S608 (as above)
    assert analyst.query(f"SELECT * FROM {name} ORDER BY ALL").result_rows == told  # noqa: S608 (as above)


def test_analysts_see_only_the_newest_row_of_a_table(tally: Client, analyst: Client) -> None:
    """A description that was replaced is not there for them, though they write no FINAL and it is not merged away."""
    tally.command("SYSTEM STOP MERGES campaigns")
    for title in ("old", "new"):
        row = [[title, "twice", 0 if title == "old" else 1]]
        tally.insert("campaigns", row, column_names=["title", "campaign", "stored_at"])
    query = "SELECT title FROM campaigns WHERE campaign = 'twice' ORDER BY title"
    assert tally.query(query).result_rows == [("new",), ("old",)]
    assert analyst.query(query).result_rows == [("new",)]
    tally.command("SYSTEM START MERGES campaigns")
    tally.command("ALTER TABLE campaigns DELETE WHERE campaign = 'twice' SETTINGS mutations_sync = 1")


@pytest.mark.parametrize("name", WITHHELD)
def test_analysts_do_not_read_what_is_behind(analyst: Client, name: str) -> None:
    """The tables behind the views, held reports and refused values are denied to them, also if only counted."""
    assert refusal(analyst, f"SELECT count() FROM {name}") == "ACCESS_DENIED"  # noqa: S608 (a name of ours)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM s3('http://127.0.0.1:1/bucket/file', NOSIGN, 'LineAsString')",
        "SELECT * FROM remote('127.0.0.1', 'tally', 'letter_reports')",
        "SELECT * FROM mergeTreeIndex('tally', 'letter_reports')",
        "SELECT * FROM loop('tally', 'letter_reports')",
        "SELECT * FROM sqlite('/etc/hostname', 'own')",
        "SELECT * FROM executable('id', 'TSV', 'line String')",
        "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM filesystem('/etc')",
        "SELECT * FROM view(SELECT * FROM letter_reports)",
        "SELECT * FROM letters WHERE report_id IN (SELECT report_id FROM letter_reports)",
        "INSERT INTO FUNCTION file('/tmp/own', 'TSV', 'number UInt8') SELECT 1",
        "BACKUP TABLE letters TO File('/tmp/own')",
        "EXPLAIN PLAN SELECT * FROM letter_reports",
        "DESCRIBE TABLE letter_reports",
        "DESCRIBE TABLE file('/etc/hostname')",
        "SHOW CREATE USER tally",
        "SHOW PROCESSLIST",
        "SYSTEM SHUTDOWN",
        "SELECT * FROM system.users",
        "SELECT * FROM system.processes",
        "SELECT * FROM system.parts",
        "SHOW CREATE TABLE letter_reports",
        "CREATE TEMPORARY TABLE own (number UInt8)",
        "CREATE TABLE own (number UInt8) ENGINE = MergeTree ORDER BY number",
        "CREATE VIEW own AS SELECT * FROM letter_reports",
        "INSERT INTO campaigns (campaign) VALUES ('own')",
        "ALTER TABLE campaigns DELETE WHERE 1",
        "ALTER TABLE letters MODIFY SQL SECURITY INVOKER",
        "TRUNCATE TABLE publications",
        "DROP VIEW letters",
        "SYSTEM REFRESH VIEW letter_sums_refresh",
        "SYSTEM STOP LISTEN HTTP",
        "KILL QUERY WHERE 1 SYNC",
    ],
)
def test_analysts_may_do_nothing_else(analyst: Client, query: str) -> None:
    """No file, no address, no other server, nothing of the system, no change of anything."""
    may_be = {"ACCESS_DENIED", "READONLY"} | ({"filesystem_error"} if re.search(r"file\(|sqlite\(", query) else set())
    assert refusal(analyst, query) in may_be


def test_analysts_are_granted_nothing_else(analyst: Client) -> None:
    """All that they are granted is to read each of their tables and views."""
    granted = {*analyst.query("SHOW GRANTS").result_columns[0]}
    assert granted == {f"GRANT SELECT ON tally.{name} TO analyst" for name in READABLE}


def test_analysts_find_nothing_that_they_may_not_read(analyst: Client) -> None:
    """Lists of tables and columns name only theirs, and a search over tables by name finds no other."""
    assert {*analyst.query("SELECT name FROM system.tables WHERE database = 'tally'").result_columns[0]} == {*READABLE}
    columns = analyst.query("SELECT DISTINCT table FROM system.columns WHERE database = 'tally'").result_columns[0]
    assert {*columns} == {*READABLE}
    assert refusal(analyst, "SELECT * FROM merge('tally', '^letter_reports$')") == "CANNOT_EXTRACT_TABLE_STRUCTURE"


@pytest.mark.parametrize("name", [*LIMITS, "max_rows_to_read", "max_threads"])
def test_analysts_cannot_change_a_setting(analyst: Client, name: str) -> None:
    """Neither a limit nor any other setting is theirs to choose, but how long a query may take."""
    query = f"SELECT 1 SETTINGS {name} = {0 if name == 'final' else 100_000_000}"
    expected = "SETTING_CONSTRAINT_VIOLATION" if name == "max_execution_time" else "READONLY"
    assert refusal(analyst, query) == expected


def test_analysts_may_ask_for_less_time_but_not_for_ever(analyst: Client) -> None:
    """Tools that send max_execution_time with each query work, and 0, which would mean no limit, is refused."""
    assert analyst.command(f"SELECT 1 SETTINGS max_execution_time = {LONGEST_SECONDS}") == 1
    assert refusal(analyst, "SELECT 1 SETTINGS max_execution_time = 0") == "SETTING_CONSTRAINT_VIOLATION"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (FOR_DAYS, "TIMEOUT_EXCEEDED"),
        ("SELECT uniqExact(number) FROM numbers(1000000000)", "MEMORY_LIMIT_EXCEEDED"),
        ("SELECT number FROM numbers(1000001) FORMAT Null", "TOO_MANY_ROWS_OR_BYTES"),
    ],
)
def test_what_takes_too_much_ends(analyst: Client, query: str, error: str) -> None:
    """Time, memory and rows of one query are limited, also through functions that read no table."""
    assert refusal(analyst, query) == error


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run the embedded server with limits that a test can reach."""
    with stocked(tmp_path_factory.mktemp("narrow"), HISTORY, ("-c", NARROW)) as server:
        yield server


def test_limits_and_quota_hold(narrow: Server) -> None:
    """What a view reads as its owner is within the limits of who asks; beyond the quota all is refused, but to them."""
    with closing(narrow.connect_analyst()) as analyst:
        assert analyst.command("SELECT count() FROM publications") == 0
        assert refusal(analyst, "SELECT sum(letters) FROM letters") == "TOO_MANY_ROWS"
        assert "QUOTA_EXCEEDED" in (ending(analyst, "SELECT count() FROM numbers(1)") for _ in range(70))
    with closing(narrow.connect()) as tally:
        assert tally.command("SELECT sum(letters) > 0 FROM letters") == 1


def ending(client: Client, query: str) -> str:
    """Return the name of the error that a query ends with, or nothing where it ends well."""
    try:
        client.command(query)
    except DatabaseError as failure:
        return name_of(failure)
    return ""


def test_the_user_as_sql_is_what_a_server_can_read(tally: Client) -> None:
    """Each statement is SQL to this version of ClickHouse, though only a server that keeps users in SQL can run it."""
    made = [*statements("tally", ANALYSTS_WORD, "salt")]
    assert len(made) == 7
    for statement in made:
        formatted = tally.query("SELECT formatQuery({statement:String})", parameters={"statement": statement})
        assert formatted.result_rows[0][0]
    assert f"max_execution_time = {LIMITS['max_execution_time']} MIN 1 MAX {LONGEST_SECONDS} CHANGEABLE" in made[1]
    granted = re.findall(r"SELECT ON `tally`\.(\w+)", made[-1])
    assert granted == [*READABLE]


def test_the_user_as_sql_holds_no_password() -> None:
    """What is sent, and so any log of queries, has only a salted hash, which is that of the password."""
    made = " ".join(statements("tally", ANALYSTS_WORD, "salt"))
    assert ANALYSTS_WORD not in made
    assert hashlib.sha256(f"{ANALYSTS_WORD}salt".encode()).hexdigest() in made


def test_migrate_says_where_the_user_cannot_be_made(server: Server) -> None:
    """On a server that keeps no users in SQL the tables are migrated, and a sentence without secrets says the rest."""
    told = {**os.environ, "TALLY_CLICKHOUSE": server.url, "TALLY_ANALYST_PASSWORD": ANALYSTS_WORD}
    ran = subprocess.run(
        [sys.executable, "-m", "deploy", "migrate"], env=told, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (1, "All tables are up to date.\n")
    assert ran.stderr.startswith("User analyst was not made (code 497")
    assert ANALYSTS_WORD not in ran.stderr
    assert not re.search(r"[0-9a-f]{32}", ran.stderr)
