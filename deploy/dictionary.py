"""The data dictionary, told by the comments of a migrated database: `python -m deploy.dictionary FILE`."""

import secrets
import sys
import time
from contextlib import closing
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer
from clickhouse_connect.driver.client import Client

from deploy.embedded.leashed import Leashed
from deploy.embedded.probes import answers_http
from deploy.ports import free_port
from schemas.analysts import READABLE
from schemas.migrations import connect, migrate

MARK: Final = "<!-- What follows is written by `make dictionary` from the comments in schemas/tables. -->\n"
_START_SECONDS: Final = 60
_PLAIN_TYPES: Final = {"LowCardinality(String)": "String"}
"""How a column is stored is nothing that a question depends on."""


def write(
    file: Annotated[Path, typer.Argument(help="Whose part after the mark is written anew.")],
) -> None:
    """Write what analysts may read into the file, behind what was written by hand."""
    by_hand, _, _ = file.read_text("utf-8").partition(MARK)
    with TemporaryDirectory() as folder:
        file.write_text(by_hand + MARK + _told_by_a_new_server(Path(folder)), "utf-8")


def tell(client: Client) -> str:
    """Return the dictionary of all that analysts may read in the client's database."""
    return "".join(_tell_one(client, name) for name in READABLE)


def _tell_one(client: Client, name: str) -> str:
    of_it = {"database": client.database, "name": name}
    about = "SELECT comment FROM system.tables WHERE database = {database:String} AND name = {name:String}"
    ((comment,),) = client.query(about, of_it).result_rows
    columns = client.query(
        "SELECT name, type, comment FROM system.columns "
        "WHERE database = {database:String} AND table = {name:String} ORDER BY position",
        of_it,
    ).result_rows
    rows = [f"| `{column}` | {_PLAIN_TYPES.get(kind, kind)} | {told} |" for column, kind, told in columns]
    head = ["", f"## {name}", "", f"{comment}.", "", "| column | type | what it is |", "|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def _told_by_a_new_server(folder: Path) -> str:
    port, password = free_port(), secrets.token_hex()
    argv = [sys.executable, "-m", "deploy.embedded.clickhouse", "--data", str(folder / "data"), "--port", str(port)]
    server = Leashed(argv, folder / "log", {**environ, "TALLY_CLICKHOUSE_PASSWORD": password})
    try:
        _wait_for(f"http://127.0.0.1:{port}/ping", folder / "log")
        with closing(connect(f"http://tally:{password}@127.0.0.1:{port}/tally")) as client:
            migrate(client)
            return tell(client)
    finally:
        server.kill()


def _wait_for(address: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not answers_http(address):
        if time.monotonic() > deadline:
            sys.exit(f"ClickHouse did not start: {log.read_text()}")
        time.sleep(0.1)


if __name__ == "__main__":
    typer.run(write)
