"""The users file of the embedded ClickHouse, which knows no CREATE USER."""

import hashlib
from typing import Final

from schemas.analysts import LIMITS, LONGEST_SECONDS, QUERIES_PER_HOUR, READABLE, SECONDS_PER_HOUR, USER

# Table engines are granted by name: with all of them, File and URL would read whatever this process can.
# The server's own control session is `default` without a password from loopback, so `default` may do next to nothing.
_USERS: Final = """<clickhouse><profiles><default>{no_python}</default>{profile}</profiles>
<quotas><default/>{quota}</quotas><users>
<default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
<grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants></default>
<tally><password_sha256_hex>{digest}</password_sha256_hex><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota>
<grants><query>GRANT ALL ON tally.*</query><query>GRANT SELECT ON system.*</query>
<query>GRANT TABLE ENGINE ON MergeTree</query>
<query>GRANT TABLE ENGINE ON ReplacingMergeTree</query></grants></tally>
{analyst}</users></clickhouse>
"""

# It reads whatever this process has in its variables, needs no grant, and ends the process where it finds none.
_NO_PYTHON: Final = "<allow_python_table_function>0</allow_python_table_function>"


def users_file(password: str, analysts_password: str | None) -> str:
    """Return the file: user `tally`, who may do everything with the tables, and, with a password, the analysts'."""
    if analysts_password is None:
        own = {"profile": "", "quota": "", "analyst": ""}
    else:
        own = {"profile": _profile(), "quota": _quota(), "analyst": _analyst(analysts_password)}
    return _USERS.format(no_python=_NO_PYTHON, digest=_digest(password), **own)


def _profile() -> str:
    limits = "".join(f"<{name}>{value}</{name}>" for name, value in LIMITS.items())
    longest = f"<min>1</min><max>{LONGEST_SECONDS}</max><changeable_in_readonly/>"
    constraints = f"<constraints><max_execution_time>{longest}</max_execution_time></constraints>"
    return f"\n<{USER}>{_NO_PYTHON}{limits}\n{constraints}</{USER}>"


def _quota() -> str:
    most = f"<queries>{QUERIES_PER_HOUR}</queries><execution_time>{SECONDS_PER_HOUR}</execution_time>"
    return f"\n<{USER}><interval><duration>3600</duration>{most}</interval></{USER}>"


def _analyst(password: str) -> str:
    grants = "\n".join(f"<query>GRANT SELECT ON tally.{name}</query>" for name in READABLE)
    return (
        f"<{USER}><password_sha256_hex>{_digest(password)}</password_sha256_hex>"
        f"<networks><ip>127.0.0.1</ip></networks>\n<profile>{USER}</profile><quota>{USER}</quota>\n"
        f"<grants>{grants}</grants></{USER}>\n"
    )


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
