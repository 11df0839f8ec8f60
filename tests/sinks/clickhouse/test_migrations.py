import uuid

import pytest
from clickhouse_connect.driver.client import Client

from schemas.migrations import MigrationError, check_tables, connect, migrate, pending, read_files


def test_each_file_is_applied_once_and_in_order(url: str) -> None:
    """A database that is not there is made; the first call applies every file by its number, the second none."""
    client = connect(url)
    with pytest.raises(Exception, match="UNKNOWN_DATABASE"):
        check_tables(client)
    assert migrate(client) == sorted(read_files())
    assert migrate(client) == []
    assert pending(client) == []


def test_every_file_may_be_applied_again(tables: Client) -> None:
    """A crash between a file's statements and its mark in the ledger does no harm: the file is applied once more."""
    tables.command("TRUNCATE TABLE schema_migrations")
    assert migrate(tables) == sorted(read_files())


def test_a_changed_file_is_named(tables: Client) -> None:
    """A file that is not what was applied stops everything with its name."""
    tables.command(
        "ALTER TABLE schema_migrations UPDATE checksum = '' WHERE name LIKE '003%' SETTINGS mutations_sync = 1"
    )
    with pytest.raises(MigrationError, match=r"003_rejected\.sql"):
        migrate(tables)


def test_discards_of_several_epochs_become_one(tables: Client) -> None:
    """What older releases named anew in each epoch is one refusal, with its first date or that of its retry."""
    spam, typo = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
    names = ["origin", "epoch", "reason", "detail", "value", "rejected_at", "retried_at"]
    rows = [
        ["held/0/4/0", 1, "discarded_in_review", f"submission {spam}", '{"revision":0}', 1_000, None],
        ["held/0/4/1", 1, "discarded_in_review", f"submission {spam}", '{"revision":0}', 1_000, None],
        ["held/0/2/0", 2, "discarded_in_review", f"submission {spam}", '{"revision":0}', 2_000, None],
        ["held/0/2/1", 2, "discarded_in_review", f"submission {spam}", '{"revision":0}', 2_000, None],
        ["held/1/4/0", 1, "corrected_since", f"submission {typo}", '{"revision":7}', 1_500, 1_500],
        ["held/1/9/0", 2, "corrected_since", f"submission {typo}", '{"revision":7}', 1_200, None],
        ["held/1/9", 2, "unreadable", "expected JSON", "{", 3_000, None],
    ]
    tables.insert("rejected", rows, column_names=names)
    tables.command("ALTER TABLE schema_migrations DELETE WHERE name LIKE '012%' SETTINGS mutations_sync = 1")
    assert migrate(tables) == ["012_discards_once.sql"]
    read = (
        "SELECT origin, epoch, toUnixTimestamp64Milli(rejected_at), toUnixTimestamp64Milli(retried_at) "
        "FROM rejected FINAL ORDER BY origin"
    )
    assert tables.query(read).result_rows == [
        (f"{spam}.0.0", 0, 1_000, None),
        (f"{spam}.0.1", 0, 1_000, None),
        (f"{typo}.7.0", 0, 1_500, 1_500),
        ("held/1/9", 2, 3_000, None),
    ]


def test_every_table_and_column_says_what_it_is(tables: Client) -> None:
    """Nobody has to guess what a table or a column holds."""
    silent = "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''"
    assert tables.query(silent).result_rows == []
    silent = """SELECT table, name FROM system.columns WHERE database = currentDatabase() AND comment = ''
        AND table NOT LIKE 'current_%' AND table NOT LIKE '%_refresh' AND table != 'standing_letters'"""
    assert tables.query(silent).result_rows == []
