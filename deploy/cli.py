"""`tally`: every command an operator needs."""

import signal
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from kafka.errors import KafkaError
from pydantic import SecretStr, ValidationError
from rich.console import Console

from deploy.audit.command import audit_campaign
from deploy.demo.command import demo
from deploy.embedded.processes import StartError
from deploy.events import events
from deploy.exporting.command import export
from deploy.exporting.report import report
from deploy.forget import forget_participant
from deploy.held import held
from deploy.import_history import import_history
from deploy.importing import import_file
from deploy.milestones import milestones
from deploy.rejected import rejected
from deploy.restore import NOTHING, Stored, open_or_restore, what_is_stored
from deploy.sources import sources
from deploy.stack import Stack
from deploy.topics import open_topics
from deploy.view import LettersCounted, View, make_view
from schemas import analysts
from schemas.catalogue import CatalogueError
from schemas.cluster import ClusterError, check_epoch
from schemas.configuration import ConfigurationError
from schemas.environment import Environment, read_environment, sentences_of
from schemas.faults import failure_of
from schemas.migrations import MigrationError, connect, migrate
from sinks.clickhouse.reconcile import ReconcileError, reconcile

app = typer.Typer(
    help="Counts a mass letter-writing campaign: every letter once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
topics = typer.Typer(help="The topics on Kafka.", no_args_is_help=True)
app.add_typer(topics, name="topics")
app.add_typer(sources, name="sources")
app.add_typer(held, name="held")
app.add_typer(events, name="events")
app.add_typer(milestones, name="milestones")
app.add_typer(rejected, name="rejected")
app.command("demo")(demo)
app.command("import")(import_file)
app.command("import-history")(import_history)
app.command("audit")(audit_campaign)
app.command("forget")(forget_participant)
app.command("export")(export)
app.command("report")(report)
_say = partial(Console(highlight=False).print, soft_wrap=True)  # a sentence is a line, however wide the terminal


@topics.command("create")
def create(
    *,
    without_clickhouse: Annotated[
        bool, typer.Option("--without-clickhouse", help="There is no ClickHouse that an earlier log could have filled.")
    ] = False,
) -> None:
    """Create the topics that are missing, and open an epoch for a log that has none."""
    environment = read_environment()
    stored = NOTHING if without_clickhouse else _ask_what_is_stored(environment)
    created, epoch = open_topics(
        environment, after_epoch=stored.epoch, of_logs=stored.logs, is_complete=stored.records == 0
    )
    _say(f"Created: {', '.join(created)}." if created else "All topics are there already.")
    _say(f"Epoch {epoch['epoch']} is counted.")
    if epoch["complete_at"] is None:
        _say("Its log lacks what ClickHouse has, whose older numbers are shown until then: run `tally restore`.")


def _ask_what_is_stored(environment: Environment) -> Stored:
    """Return what an earlier log has left in ClickHouse, so that a log made anew is not taken for the first one."""
    try:
        with closing(connect(environment.clickhouse.get_secret_value())) as client:
            return what_is_stored(client)
    except ClickHouseError as error:
        sys.exit(
            f"ClickHouse can't be asked whether it has letters of an earlier log ({failure_of(error)}), so nothing was "
            "made: run this again once it answers, or with --without-clickhouse if there is none"
        )


@topics.command("check")
def check() -> None:
    """Check that every topic is there with the right number of partitions, and that an epoch is open for the log."""
    environment = read_environment()
    epoch = check_epoch(environment.kafka, environment.partitions)
    _say(f"The topics are as they should be; epoch {epoch['epoch']} is counted.")


@app.command("up")
def up(
    data: Annotated[Path, typer.Option(help="Where everything lies: campaigns, secrets, data, logs.")],
    kafka: Annotated[str | None, typer.Option(help="HOST:PORT of a Kafka, instead of the embedded broker.")] = None,
    clickhouse: Annotated[str | None, typer.Option(help="URL of a ClickHouse, instead of the embedded one.")] = None,
    collector_port: Annotated[int, typer.Option(help="Where reports are taken; 0 picks a free port.")] = 0,
    counters_port: Annotated[int, typer.Option(help="Where totals are shown; 0 picks a free port.")] = 0,
) -> None:
    """Run everything on this machine until Ctrl-C; started again on the same folder, it goes on where it was."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup wants it to outlive its terminal
        signal.signal(signal.SIGHUP, _interrupt)
    with make_view(Console(highlight=False, markup=False)) as view:
        try:
            stack = Stack(
                data,
                view.say,
                kafka_servers=kafka,
                clickhouse=clickhouse,
                collector_port=collector_port,
                counters_port=counters_port,
            )
        except StartError as error:
            sys.exit(str(error))
        except OSError as error:
            sys.exit(f"--data: {error.filename or data}: {error.strerror}: choose a folder that can be written to")
        try:
            _run(stack, view)
        except KeyboardInterrupt:
            _ignore_signals()
            view.say("Stopping")
        except StartError as error:
            sys.exit(str(error))
        finally:
            _ignore_signals()
            lost = stack.stop()
    if lost is not None:
        sys.exit(lost)


def _ignore_signals() -> None:
    """Let nothing disturb a stop: what it takes is limited for each part."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _run(stack: Stack, view: View) -> None:
    stack.start()
    view.say(f"Report letters to {stack.addresses['collector']}/v1/reports")
    view.say(f"See them counted at {stack.addresses['counters']}/   (Ctrl-C stops)")
    letters = LettersCounted(stack.addresses["counters"])
    while True:
        stack.watch_once()
        view.show(stack.report(), letters.newest(stack.campaigns))
        time.sleep(0.2)


@app.command("reconcile")
def reconcile_totals() -> None:
    """Compare ClickHouse's letters with the totals at one cut of offsets; exit status 1 if any number differs."""
    environment = read_environment()
    epoch = check_epoch(environment.kafka, environment.partitions)
    with closing(connect(environment.clickhouse.get_secret_value())) as client:
        verdict = reconcile(client, environment.kafka, epoch)
    for (campaign, scope), compared in verdict.scopes.items():
        sides = f"letters in truth {compared.truth:,}, in totals {compared.totals:,}"
        _say(f"{campaign} {scope}: members {compared.members:,}, {sides}", soft_wrap=True)
    for one in verdict.differences:
        total, differs = "/".join(one.total), f"{one.letters} letters, {one.reports} reports"
        _say(f"{total} in partition {one.partition}: truth minus totals is {differs}", soft_wrap=True)
    if verdict.differences:
        sys.exit(f"{len(verdict.differences)} totals differ from the letters in ClickHouse")
    _say(f"Every total of epoch {epoch['epoch']} is what the letters in ClickHouse come to.")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@app.command("migrate")
def migrate_tables() -> None:
    """Make or update ClickHouse's tables (TALLY_CLICKHOUSE), and the analysts' user (TALLY_ANALYST_PASSWORD)."""
    environment = read_environment()
    with closing(connect(environment.clickhouse.get_secret_value())) as client:
        applied = migrate(client)
        _say(f"Applied: {', '.join(applied)}." if applied else "All tables are up to date.")
        if environment.analyst_password is not None:
            _admit_analyst(client, environment.analyst_password)


def _admit_analyst(client: Client, password: SecretStr) -> None:
    try:
        for statement in analysts.statements(client.database or "default", password.get_secret_value(), token_hex(16)):
            client.command(statement, use_database=False)
    except ClickHouseError as error:
        sys.exit(
            f"User {analysts.USER} was not made ({failure_of(error)}): it needs a server that keeps users in SQL, and "
            "in TALLY_CLICKHOUSE a user who may create users, settings profiles and quotas and grant what it may read"
        )
    _say(f"User {analysts.USER} may read {len(analysts.READABLE)} tables and views, and nothing else.")


@app.command("restore")
def restore() -> None:
    """Send what ClickHouse has of letters, held reports, events and milestones to a Kafka that lost it.

    It is counted under a new epoch.
    """
    environment = read_environment()
    with closing(connect(environment.clickhouse.get_secret_value())) as client:
        epoch = open_or_restore(client, environment, lambda done, of: _say(f"{done:,} of {of:,} records"))
    _say(f"Epoch {epoch['epoch']} is counted.")


def main() -> None:
    """Run a command; what can't be done is one sentence on standard error and exit status 1."""
    try:
        app()
    except (ClusterError, CatalogueError, ConfigurationError) as error:
        sys.exit(str(error))
    except (MigrationError, ReconcileError) as error:
        sys.exit(f"ClickHouse: {error}")
    except ClickHouseError as error:
        sys.exit(f"ClickHouse refuses or is away ({failure_of(error)}): is TALLY_CLICKHOUSE right?")
    except ValidationError as error:
        sys.exit(sentences_of(error))
    except KafkaError as error:
        sys.exit(f"Kafka does not answer ({type(error).__name__}): is it up, and is its address right?")
