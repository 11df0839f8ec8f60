"""What a log tells of a fault: what and where, and nothing that somebody wrote to us."""

import json
import subprocess
import sys

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from pydantic import SecretStr, TypeAdapter, ValidationError

from schemas.environment import Environment, sentences_of
from schemas.faults import failure_of, tell_fault

ADDRESS = "ana@example.org"
_PROCESS = """
import logging, sys, threading
from schemas.operations import log_of, set_up_logs
set_up_logs("json")
logging.getLogger("library").warning("a library says something")
try:
    int("ana@example.org")
except ValueError:
    log_of("test").exception("caught")
    logging.getLogger("library").exception("as uvicorn does")
thread = threading.Thread(target=lambda: {}["ana@example.org"])
thread.start()
thread.join()
raise LookupError("ana@example.org")
"""


def told(error: BaseException) -> str:
    return tell_fault((type(error), error, error.__traceback__))


def test_what_was_refused_is_not_quoted() -> None:
    """Of a validation, its cause and a group of faults the kinds and places are told, not the input."""
    try:
        try:
            TypeAdapter(int).validate_python(ADDRESS)
        except ValidationError as error:
            raise ExceptionGroup("both", [error, KeyError(ADDRESS)]) from error
    except ExceptionGroup as group:
        text = told(group)
    assert "ValidationError" in text
    assert "KeyError" in text
    assert "test_faults.py" in text
    assert ADDRESS not in text


def test_the_state_of_the_machine_is_told() -> None:
    """A fault of disk or network, and one of our own, keep their text: without it nobody could mend them."""
    assert "No space left" in told(OSError(28, "No space left on device"))
    assert "lock file" in told(Exception("IO error: lock file is in use"))
    assert "runtime stopped" in told(RuntimeError("the runtime stopped by itself"))


def test_clickhouse_is_told_by_code() -> None:
    """ClickHouse's text quotes queries and rows, so only the code is told."""
    assert failure_of(DatabaseError(f"cannot parse {ADDRESS}", code=27)).startswith("code 27")
    assert ADDRESS not in failure_of(DatabaseError(ADDRESS))


def test_every_line_of_a_process_is_structured() -> None:
    """A library's line, a fault that was logged, one of a thread and the last one are JSON without quoted data."""
    ended = subprocess.run([sys.executable, "-c", _PROCESS], check=False, capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert ended.returncode == 1
    assert len(lines) == 5
    assert ADDRESS not in ended.stderr
    assert "LookupError" in lines[-1]["exception"]


@pytest.mark.parametrize(
    "url",
    [
        "http://tally:pa/ss-word@127.0.0.1:8123/tally",
        "http://tally:pa#ss-word@127.0.0.1:8123/tally",
        "http://tally:pa?ss-word@127.0.0.1:8123/tally",
        "http://tally:1/ss-word@127.0.0.1:8123/tally",
        "clickhouse://tally:ss-word@127.0.0.1:9000/tally",
        "http://[tally:ss-word@127.0.0.1:8123/tally",
        "ss-word",
    ],
)
def test_an_address_that_would_be_cut_wrongly_is_refused_unquoted(url: str) -> None:
    """A password with unescaped characters is a sentence about the setting, and no part of it is told."""
    with pytest.raises(ValidationError) as refused:
        Environment(clickhouse=SecretStr(url))  # type: ignore[call-arg]  # the rest has defaults
    said = sentences_of(refused.value)
    assert said.startswith("TALLY_CLICKHOUSE: ")
    assert "word" not in said.replace("password", "")
