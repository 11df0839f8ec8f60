"""A ClickHouse server out of the chdb-core wheel: `python -m deploy.embedded.clickhouse --data DIR --port P`.

For one person's machine: whoever can run programs there as another user can take it off the network.
"""

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import typer

from deploy.embedded.users import users_file
from deploy.folder import write_private

_LOOK_FIRST_EVERY_SECONDS: Final = 0.02
_LOOK_EVERY_SECONDS: Final = 0.25
_START_SECONDS: Final = 60
_CONFIG: Final = """<clickhouse>
<logger><level>warning</level><console>1</console></logger><log-level>warning</log-level>
<listen_host>127.0.0.1</listen_host><http_port>{port}</http_port>
<user_directories><users_xml><path>users.xml</path></users_xml></user_directories>
<max_server_memory_usage>1610612736</max_server_memory_usage><mark_cache_size>67108864</mark_cache_size>
</clickhouse>
"""
_SERVE: Final = (
    "SYSTEM START LISTEN HTTP; SELECT sleepEachRow(3) FROM system.numbers SETTINGS max_block_size = 1 FORMAT Null"
)
"""Sleeps for ever. A count() around it takes more of a core the longer it runs: 10 % after 10 s, 40 % after 50."""


def serve(
    data: Annotated[Path, typer.Option(help="Where its data lies.")],
    port: Annotated[int, typer.Option(help="Where it listens for HTTP, on loopback.")],
) -> None:
    """Serve user `tally` (password: TALLY_CLICKHOUSE_PASSWORD) until SIGTERM; exit status 1 when it can't.

    With TALLY_ANALYST_PASSWORD it serves user `analyst` too.
    """
    password = os.environ.get("TALLY_CLICKHOUSE_PASSWORD")
    if not password:
        sys.exit("TALLY_CLICKHOUSE_PASSWORD is needed: the password of user tally")
    data = data.absolute()
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    engine = _engine(data / "store")
    write_private(data / "config.xml", _CONFIG.format(port=port))
    write_private(data / "users.xml", users_file(password, os.environ.get("TALLY_ANALYST_PASSWORD")))
    os.chdir(data)
    engine.set_signal_handlers_enabled(0)
    # A killed server loses nothing that it acknowledged, so a stop need not be gentler than that.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    threading.Thread(target=_run, args=(engine, data / "store"), daemon=True).start()
    _watch(port)


def _engine(store: Path) -> Any:  # noqa: ANN401 (the extension module ships no types)
    """Load the engine in a folder without a config.xml: it opens with the one that lies in the current folder."""
    store.mkdir(exist_ok=True)
    os.chdir(store)
    from chdb import _chdb  # noqa: PLC0415 (not before the folder is the right one)

    return _chdb


def _run(engine: Any, store: Path) -> None:  # noqa: ANN401 (as above)
    try:
        engine.query(_SERVE, "TSV", path=str(store))
        said = "it ended by itself"
    except Exception as error:  # noqa: BLE001 (whatever it is, the process can't serve)
        said = str(error).strip().splitlines()[0][:300]
    _leave(f"ClickHouse can't serve: {said}")


def _watch(port: int) -> None:
    """Leave with status 1 once the port is closed: anybody on this machine can take it off the network.

    Whether it answers is for the supervisor to ask; a port that is closed needs no patience.
    """
    deadline = time.monotonic() + _START_SECONDS
    was_open = False
    while True:
        time.sleep(_LOOK_EVERY_SECONDS if was_open else _LOOK_FIRST_EVERY_SECONDS)
        is_open = _is_open(port)
        if not is_open and (was_open or time.monotonic() > deadline):
            _leave("ClickHouse does not listen any more" if was_open else "ClickHouse did not begin to listen")
        if is_open and not was_open:
            _leave_every_folder()
        was_open = was_open or is_open


def _leave_every_folder() -> None:
    """Stand in a folder that is gone: without one, the function file(), which needs no grant here, fails.

    The engine needs its folder until it listens, so for 20 ms after a start who has a password reads any file.
    """
    with TemporaryDirectory() as gone:
        os.chdir(gone)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _leave(last_words: str) -> None:
    print(last_words, file=sys.stderr, flush=True)  # noqa: T201 (the process's last word)
    os._exit(1)


if __name__ == "__main__":
    typer.run(serve)
