"""What analysts may read, and how much of the server they may take: their user, as settings and as SQL."""

import hashlib
from collections.abc import Iterator
from typing import Final

USER: Final = "analyst"

READABLE: Final = (
    "letters",
    "received_quarters",
    "written_quarters",
    "periods",
    "seasons",
    "minutes",
    "current_tallies",
    "campaigns",
    "campaign_cases",
    "letter_events",
    "milestones",
    "publications",
    "publication_figures",
    "published_totals",
    "years",
)
"""In the order in which the data dictionary tells of them."""

WITHHELD: Final = {
    "letter_reports": "has what was withdrawn and corrected, with its pseudonyms: read letters",
    "standing_letters": "read letters",
    "letter_sums": "read its views received_quarters, written_quarters and periods",
    "letter_sums_refresh": "makes letter_sums",
    "tallies": "of each partition and epoch: read current_tallies",
    "tally_minutes": "of each partition and epoch: read minutes",
    "frames": "of the machinery behind current_tallies",
    "epochs": "of the machinery behind current_tallies",
    "current_epoch": "of the machinery behind current_tallies",
    "rejected": "keeps values of what was refused",
    "held_submissions": "keeps whole reports that nobody has confirmed",
    "held_verdicts": "of those",
    "held_reports": "does not count yet: ask `tally held list`",
    "milestone_deliveries": "of the webhook",
    "forgotten_participants": "who asked to be forgotten",
    "schema_migrations": "of the tables themselves",
}
"""Every other table and view, and why it is nothing for analysts."""

LIMITS: Final = {
    "readonly": 1,  # no writing, no other settings
    "final": 1,  # tables that keep older rows until they merge answer as those that are marked FINAL
    "max_execution_time": 30,
    "max_memory_usage": 768 << 20,
    "max_result_rows": 1_000_000,
    "max_concurrent_queries_for_user": 8,
}
LONGEST_SECONDS: Final = 60
"""Clients may set max_execution_time up to this: those in Go, such as Grafana's, send one with every query."""
QUERIES_PER_HOUR: Final = 20_000
"""A dashboard of ten panels that ten people watch, made anew each half minute, asks 12,000."""
SECONDS_PER_HOUR: Final = 7200


def statements(database: str, password: str, salt: str) -> Iterator[str]:
    """Yield what makes or updates the user on a server that keeps users in SQL; each may be run again.

    The server never sees the password, only its salted hash.
    """
    digest = hashlib.sha256((password + salt).encode()).hexdigest()
    identified = f"IDENTIFIED WITH sha256_hash BY '{digest}' SALT '{salt}'"
    changeable = f" MIN 1 MAX {LONGEST_SECONDS} CHANGEABLE_IN_READONLY"
    limits = ", ".join(
        f"{name} = {value}{changeable if name == 'max_execution_time' else ''}" for name, value in LIMITS.items()
    )
    yield "CREATE SETTINGS PROFILE IF NOT EXISTS tally_analyst SETTINGS readonly = 1"
    yield f"ALTER SETTINGS PROFILE tally_analyst SETTINGS {limits}"
    yield f"CREATE USER IF NOT EXISTS {USER} {identified} SETTINGS PROFILE 'tally_analyst'"
    yield f"ALTER USER {USER} {identified} SETTINGS PROFILE 'tally_analyst'"
    yield "CREATE QUOTA IF NOT EXISTS tally_analyst"
    yield (
        f"ALTER QUOTA tally_analyst FOR INTERVAL 1 hour MAX queries = {QUERIES_PER_HOUR}, "
        f"execution_time = {SECONDS_PER_HOUR} TO {USER}"
    )
    readable = ", ".join(f"SELECT ON `{database}`.{name}" for name in READABLE)
    yield f"GRANT {readable} TO {USER} WITH REPLACE OPTION"
