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


def test_every_table_and_column_says_what_it_is(tables: Client) -> None:
    """Nobody has to guess what a table or a column holds."""
    silent = "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''"
    assert tables.query(silent).result_rows == []
    silent = """SELECT table, name FROM system.columns WHERE database = currentDatabase() AND comment = ''
        AND table NOT LIKE 'current_%'"""
    assert tables.query(silent).result_rows == []
