"""`tally audit`: the log, ClickHouse, the totals and what was published, held against one another."""

import json
import sys
import time
from contextlib import closing
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.audit.log import AuditError
from deploy.audit.recount import audit
from deploy.audit.showing import json_of, tables_of
from schemas.cluster import check_epoch
from schemas.environment import read_environment
from schemas.migrations import check_tables, connect
from schemas.tally import SCOPES

_ANSWER_SECONDS: Final = 300
_console: Final = Console(highlight=False, markup=False)


def audit_campaign(
    campaign: Annotated[str, typer.Argument(help="The campaign, as the catalogue names it.")],
    scope: Annotated[str, typer.Option(help=f"Whose members to show: {', '.join(SCOPES)}.")] = "world",
    as_json: Annotated[bool, typer.Option("--json", help="All scopes as JSON, for programs.")] = False,  # noqa: FBT002 (a flag)
) -> None:
    """Recount a campaign from the log, compare with ClickHouse, the totals and all that was published, and say why.

    Exit status 0 only if log, ClickHouse and totals agree, and every publication can be recounted from the log.
    """
    if scope not in SCOPES:
        sys.exit(f"--scope: expected one of {', '.join(SCOPES)}")
    environment = read_environment()
    epoch = check_epoch(environment.kafka, environment.partitions)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("records"))
    with (
        closing(connect(environment.clickhouse.get_secret_value(), _ANSWER_SECONDS)) as client,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        check_tables(client)
        reading = progress.add_task("Waiting for one cut of ClickHouse and totals", total=None)

        def say(of: int, partition: int, done: int) -> None:
            progress.update(reading, description=f"Partition {partition} of letters", completed=done, total=of)

        try:
            found = audit(client, environment.kafka, epoch, campaign, clock=_now, say=say)
        except AuditError as error:
            sys.exit(str(error))
    if as_json:
        typer.echo(json.dumps(json_of(found)))
    else:
        for part in tables_of(found, scope):
            _console.print(part, soft_wrap=isinstance(part, str))
        for sentence in found.wrong:
            _console.print(sentence, soft_wrap=True)
    if found.wrong:
        sys.exit(f"{len(found.wrong):,} findings: the numbers of {campaign} are not proven")
    if not as_json:
        _console.print("Log, ClickHouse and totals agree, and the log says what was published.")


def _now() -> int:
    return time.time_ns() // 1_000_000
