"""A ClickHouse server out of the chdb-core wheel: `python -m deploy.embedded.clickhouse --data DIR --port P`.

For one person's machine: whoever can run programs there as another user can take it off the network.
"""

import hashlib
import os
import signal
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Annotated, Final

import typer
from chdb import _chdb  # before any change of folder: the import itself reads ./config.xml

_WATCH_SECONDS: Final = 2
_TRIES: Final = 5
_opener: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy has a part in loopback
_CONFIG: Final = """<clickhouse>
<logger><level>warning</level><console>1</console></logger><log-level>warning</log-level>
<listen_host>127.0.0.1</listen_host><http_port>{port}</http_port>
<user_directories><users_xml><path>users.xml</path></users_xml></user_directories>
<max_server_memory_usage>1610612736</max_server_memory_usage><mark_cache_size>67108864</mark_cache_size>
</clickhouse>
"""
# Table engines are granted by name: with all of them, File and URL would read whatever this process can.
# The server's own control session is `default` without a password from loopback, so `default` may do next to nothing.
_USERS: Final = """<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users>
<default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
<grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants></default>
<tally><password_sha256_hex>{digest}</password_sha256_hex><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota>
<grants><query>GRANT ALL ON tally.*</query><query>GRANT SELECT ON system.*</query>
<query>GRANT TABLE ENGINE ON MergeTree</query>
<query>GRANT TABLE ENGINE ON ReplacingMergeTree</query></grants></tally>
</users></clickhouse>
"""
_SERVE: Final = (
    "SYSTEM START LISTEN HTTP; "
    "SELECT count() FROM (SELECT sleepEachRow(1) FROM system.numbers) SETTINGS max_block_size = 1"
)


def serve(
    data: Annotated[Path, typer.Option(help="Where its data lies.")],
    port: Annotated[int, typer.Option(help="Where it listens for HTTP, on loopback.")],
) -> None:
    """Serve user `tally` (password: TALLY_CLICKHOUSE_PASSWORD) until SIGTERM; exit status 1 when it can't."""
    password = os.environ.get("TALLY_CLICKHOUSE_PASSWORD")
    if not password:
        sys.exit("TALLY_CLICKHOUSE_PASSWORD is needed: the password of user tally")
    data = data.absolute()
    data.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(password.encode()).hexdigest()
    (data / "config.xml").write_text(_CONFIG.format(port=port))
    (data / "users.xml").write_text(_USERS.format(digest=digest))
    os.chdir(data)
    _chdb.set_signal_handlers_enabled(0)  # type: ignore[attr-defined]  # the extension module ships no types
    # A killed server loses nothing that it acknowledged, so a stop need not be gentler than that.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    threading.Thread(target=_run, args=(data,), daemon=True).start()
    _watch(port)


def _run(data: Path) -> None:
    try:
        _chdb.query(_SERVE, "TSV", path=str(data / "store"))  # type: ignore[attr-defined]  # as above
        said = "it ended by itself"
    except Exception as error:  # noqa: BLE001 (whatever it is, the process can't serve)
        said = str(error).strip().splitlines()[0][:300]
    print(f"ClickHouse can't serve: {said}", file=sys.stderr, flush=True)  # noqa: T201 (the process's last word)
    os._exit(1)


def _watch(port: int) -> None:
    """Leave with status 1 when the server no longer answers: anybody on this machine can take it off the network."""
    failures = -10 * _TRIES  # it may take longer to begin
    while failures < _TRIES:
        time.sleep(_WATCH_SECONDS if failures >= 0 else 0.5)
        try:
            with _opener.open(f"http://127.0.0.1:{port}/ping", timeout=5):
                failures = 0
        except OSError:
            failures += 1
    print("ClickHouse does not answer any more", file=sys.stderr, flush=True)  # noqa: T201 (the process's last word)
    os._exit(1)


if __name__ == "__main__":
    typer.run(serve)
