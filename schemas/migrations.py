"""ClickHouse's tables: numbered SQL files that are applied once each, in order."""

import re
from hashlib import blake2b
from importlib.resources import files
from typing import Final
from urllib.parse import unquote, urlsplit

from clickhouse_connect.driver import create_client
from clickhouse_connect.driver.client import Client

_LEDGER: Final = """CREATE TABLE IF NOT EXISTS schema_migrations
(
    name String COMMENT 'File that was applied',
    checksum String COMMENT 'BLAKE2b of its text',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree ORDER BY name COMMENT 'Which files of schemas/tables were applied'"""
_STATEMENT_END: Final = re.compile(r";\s*$", re.MULTILINE)


class MigrationError(Exception):
    """The tables are not those of this release; the message says what to do."""


def connect(url: str, answer_seconds: int = 30) -> Client:
    """Return a client for http(s)://user:password@host:port/database; raises clickhouse_connect's Error if it is away.

    One client may be shared by threads (it keeps no session), and no insert of it is asynchronous: what it
    returns from is stored.
    """
    parts = urlsplit(url)
    client = create_client(
        interface=parts.scheme,
        host=parts.hostname,
        port=parts.port,
        username=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        autogenerate_session_id=False,
        connect_timeout=5,
        send_receive_timeout=answer_seconds,
        query_retries=0,
        compress=False,  # a loopback or a rack's network is faster than compressing
        settings={"async_insert": 0},
    )
    # Set afterwards, so that a client can be had before the database is: `migrate` makes it.
    client.database = unquote(parts.path.strip("/")) or "default"
    return client


def migrate(client: Client) -> list[str]:
    """Apply, in order, the files that were not applied yet and return their names; raises MigrationError as `pending`.

    Every statement may be run twice, so a crash or a second caller in between does no harm.
    """
    if not client.command(f"EXISTS DATABASE `{client.database}`", use_database=False):
        client.command(f"CREATE DATABASE IF NOT EXISTS `{client.database}`", use_database=False)
    client.command(_LEDGER)
    missing = pending(client)
    texts = read_files()
    for name in missing:
        for statement in filter(None, map(str.strip, _STATEMENT_END.split(texts[name]))):
            client.command(statement)
        client.insert("schema_migrations", [[name, _checksum(texts[name])]], column_names=["name", "checksum"])
    return missing


def pending(client: Client) -> list[str]:
    """Return the files that were not applied yet; raises MigrationError where an applied one has changed since."""
    texts = read_files()
    if not client.command("EXISTS TABLE schema_migrations"):
        return list(texts)
    rows = client.query("SELECT name, checksum FROM schema_migrations FINAL").result_rows
    applied = {str(name): str(checksum) for name, checksum in rows}
    for name, text in texts.items():
        if applied.get(name, checksum := _checksum(text)) != checksum:
            raise MigrationError(f"{name} was changed after it was applied: restore it, and add a new file instead")
    return [name for name in texts if name not in applied]


def check_tables(client: Client) -> None:
    """Raise MigrationError unless every file was applied."""
    if missing := pending(client):
        raise MigrationError(f"ClickHouse lacks {', '.join(missing)}: run `tally migrate`")


def read_files() -> dict[str, str]:
    """Return the text of each migration by its name, in the order of their numbers."""
    folder = files("schemas") / "tables"
    found = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".sql")}
    return dict(sorted(found.items()))


def _checksum(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
