"""`tally import-history`: what was published of past years, shown, then stored beside what is counted."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer
from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.past_totals import COLUMNS, Complaint, Key, PastTotal, read_totals
from schemas.environment import read_environment
from schemas.migrations import check_tables, connect

_console: Final = Console(highlight=False)
_MOST_SHOWN: Final = 200
_MOST_COMPLAINTS: Final = 20
_MOST_BYTES: Final = 10_000_000
_KNOWN: Final = "SELECT year, scope, member, source, letters, as_of FROM published_totals FINAL"
Known = Mapping[Key, tuple[int, date]]
"""Letters and day that are stored of a total."""


class Step(NamedTuple):
    """What storing a total would do."""

    total: PastTotal
    does: str
    """new, replaces ..., or nothing."""

    @property
    def changes(self) -> bool:
        """Whether there is anything to store."""
        return self.does != _NOTHING


_NOTHING: Final = "is stored already"


def import_history(
    file: Annotated[Path, typer.Argument(help=f"A CSV with {', '.join(COLUMNS)}.", exists=True, dir_okay=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Store without asking.")] = False,  # noqa: FBT002 (a flag)
) -> None:
    """Show published totals of past years, and what is stored of them; then store them, apart from what is counted.

    The same file twice stores each once. A corrected file replaces what it said of the same year, scope, member and
    source. Exit status 1 if anything in it is wrong, when nothing is stored.
    """
    if file.stat().st_size > _MOST_BYTES:
        sys.exit(f"{file}: expected at most {_MOST_BYTES:,} bytes: split it")
    totals, complaints = read_totals(file.read_bytes(), datetime.now(UTC).date())
    if complaints:
        _refuse(file, complaints)
    with closing(connect(read_environment().clickhouse.get_secret_value())) as client:
        check_tables(client)
        steps = steps_of(totals, _known(client))
        _show(steps)
        changes = [step.total for step in steps if step.changes]
        if not changes:
            _say("All of it is stored already.")
            return
        if not yes and not typer.confirm("Store it?"):
            sys.exit("Nothing was stored.")
        columns = [[getattr(total, name) for total in changes] for name in COLUMNS]
        client.insert("published_totals", columns, column_names=COLUMNS, column_oriented=True)
    _say(f"Stored: {len(changes):,} published totals. The view `years` shows them beside what is counted.")


def steps_of(totals: Sequence[PastTotal], known: Known) -> list[Step]:
    """Return what storing each total would do, given what is stored."""
    steps = []
    for total in totals:
        before = known.get(total.key)
        if before is None:
            does = "new"
        elif before == (total.letters, total.as_of):
            does = _NOTHING
        else:
            does = f"replaces {before[0]:,} of {before[1]}"
        steps.append(Step(total, does))
    return steps


def _known(client: Client) -> Known:
    rows = client.query(_KNOWN).result_rows
    return {(year, scope, member, source): (letters, as_of) for year, scope, member, source, letters, as_of in rows}


def _show(steps: Sequence[Step]) -> None:
    table = Table("year", "scope", "member", "letters", "source", "as of", "is")
    for total, does in islice(steps, _MOST_SHOWN):
        cells = (str(total.year), total.scope, total.member, f"{total.letters:,}", total.source, str(total.as_of), does)
        table.add_row(*map(Text, cells))  # the file's own texts, never markup
    _console.print(table)
    if len(steps) > _MOST_SHOWN:
        _console.print(f"and {len(steps) - _MOST_SHOWN:,} rows more")
    done = Counter(step.does.partition(" ")[0] for step in steps)
    _say(f"{done['new']:,} are new, {done['replaces']:,} replace what is stored, {done['is']:,} are stored already.")


def _refuse(file: Path, complaints: Sequence[Complaint]) -> None:
    for complaint in complaints[:_MOST_COMPLAINTS]:
        print(f"{file}: {complaint.sentence()}", file=sys.stderr)  # noqa: T201 (where complaints belong)
    more = f" ({len(complaints) - _MOST_COMPLAINTS:,} more)" if len(complaints) > _MOST_COMPLAINTS else ""
    sys.exit(f"Nothing was stored: mend {len(complaints):,} mistakes{more} and import the file again.")


def _say(sentence: str) -> None:
    _console.print(Text(sentence), soft_wrap=True)
