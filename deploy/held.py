"""`tally held`: what waits for a confirmation or a review, and a reviewer's verdict on it."""

import json
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Annotated, Final, Literal, NamedTuple
from uuid import UUID

import typer
from clickhouse_connect.driver.client import Client
from rich.console import Console

from deploy.publishing import NotStoredError, publish, wait_until_stored
from producers.records import held_record
from schemas.environment import Environment, read_environment
from schemas.held import Verdict
from schemas.migrations import check_tables, connect

held = typer.Typer(help="Reports that wait for a confirmation or a review.", no_args_is_help=True)
_say: Final = partial(Console(highlight=False, markup=False).print, soft_wrap=True)
_SUBMISSIONS: Final = """
    SELECT
        toString(submission_id), revision, arraySort(any(needs)), max(age_seconds), count(), sum(letters),
        any(campaign), any(channel), any(source)
    FROM held_reports
    WHERE {only:Nullable(UUID)} IS NULL OR submission_id = {only:Nullable(UUID)}
    GROUP BY submission_id, revision
    ORDER BY max(age_seconds) DESC
"""
_REPORTS: Final = """
    SELECT toString(report_id), withdrawn, letters, kind, `case`, country, event
    FROM held_reports WHERE submission_id = {only:UUID} ORDER BY number
"""
_IS_KNOWN: Final = "SELECT count() FROM held_submissions WHERE submission_id = {only:UUID}"

SubmissionId = Annotated[UUID, typer.Argument(help="The submission, as `tally held list` names it.")]
Revision = Annotated[
    int | None, typer.Option(min=0, help="The revision that you were shown; without it, it is shown and asked for.")
]
Wait = Annotated[float, typer.Option("--wait-seconds", min=0, help="How long ClickHouse may take to store it.")]


class Waiting(NamedTuple):
    """A submission that waits."""

    submission_id: str
    revision: int
    needs: list[str]
    age_seconds: float
    reports: int
    letters: int
    campaign: str
    channel: str
    source: str

    def sentence(self) -> str:
        """Return it on one line."""
        return (
            f"{self.submission_id}  revision {self.revision}  needs {' and '.join(self.needs)}  "
            f"waits {_duration(self.age_seconds)}  {_reports(self.reports)}, {self.letters:,} letters  "
            f"{self.campaign}  {self.channel}/{self.source}"
        )


@held.command("list")
def list_held(as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False) -> None:  # noqa: FBT002 (typer's flags)
    """List what waits, the oldest first, as ClickHouse has it."""
    with closing(_connect(read_environment())) as client:
        waiting = _waiting(client, None)
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in waiting]))
        return
    for one in waiting:
        _say(one.sentence())
    letters = sum(one.letters for one in waiting)
    _say(f"{len(waiting):,} submissions with {letters:,} letters wait." if waiting else "Nothing waits.")


@held.command("show")
def show(submission_id: SubmissionId) -> None:
    """Show the reports of a submission that waits."""
    with closing(_connect(read_environment())) as client:
        one = _one(client, submission_id)
        _show(client, one)
    _say(f"To let it count:  tally held release {one.submission_id} --revision {one.revision}")
    _say(f"To discard it:    tally held discard {one.submission_id} --revision {one.revision}")


@held.command("release")
def release(submission_id: SubmissionId, revision: Revision = None, wait_seconds: Wait = 60) -> None:
    """Let the reports of a submission count, as far as a review is what they wait for."""
    with closing(_connect(read_environment())) as client:
        one = _one(client, submission_id)
        if "review" not in one.needs:
            sys.exit(f"{submission_id} waits for a confirmation, not for a review: its platform must send that.")
        _agree(client, one, revision, "Let them count?")
    _give(one, "release", wait_seconds)
    rest = [need for need in one.needs if need != "review"]
    after = f"they still wait for a {rest[0]}" if rest else "they will be counted"
    _say(f"Released: {_reports(one.reports)} with {one.letters:,} letters; {after}.")


@held.command("discard")
def discard(submission_id: SubmissionId, revision: Revision = None, wait_seconds: Wait = 60) -> None:
    """Discard the reports of a submission; they are named on `rejected`."""
    with closing(_connect(read_environment())) as client:
        one = _one(client, submission_id)
        _agree(client, one, revision, "Discard them?")
    _give(one, "discard", wait_seconds)
    _say(f"Discarded: {_reports(one.reports)} with {one.letters:,} letters, which will not be counted.")


def _connect(environment: Environment) -> Client:
    client = connect(environment.clickhouse.get_secret_value())
    check_tables(client)
    return client


def _waiting(client: Client, only: UUID | None) -> list[Waiting]:
    return [Waiting(*row) for row in client.query(_SUBMISSIONS, parameters={"only": only}).result_rows]


def _one(client: Client, submission_id: UUID) -> Waiting:
    found = _waiting(client, submission_id)
    if found:
        return found[0]
    if client.query(_IS_KNOWN, parameters={"only": submission_id}).result_rows[0][0]:
        sys.exit(f"{submission_id} waits no more: it was released, discarded or corrected.")
    sys.exit(f"No submission {submission_id} was held, as far as ClickHouse knows: see `tally held list`.")


def _show(client: Client, one: Waiting) -> None:
    _say(one.sentence())
    for report_id, is_withdrawn, letters, kind, case, country, event in _rows(client, one):
        what = "withdrawn" if is_withdrawn else f"{letters:,} ({kind})"
        at = "" if event == "none" else f" at {event}"
        _say(f"  {report_id}  {what} for {case} from {country}{at}")


def _rows(client: Client, one: Waiting) -> Sequence[Sequence[object]]:
    return client.query(_REPORTS, parameters={"only": UUID(one.submission_id)}).result_rows


def _agree(client: Client, one: Waiting, revision: int | None, question: str) -> None:
    """Return where what waits is what the reviewer has seen and judged."""
    if revision is None:
        _show(client, one)
        typer.confirm(question, abort=True)
    elif revision != one.revision:
        sys.exit(f"What waits now is revision {one.revision}, not {revision}: look at it again.")


def _give(one: Waiting, verdict: Literal["release", "discard"], wait_seconds: float) -> None:
    """Write a review's verdict on what was seen and return once ClickHouse has it; exits where nobody knows whether."""
    environment = read_environment()
    given: Verdict = {
        "submission_id": one.submission_id,
        "gives": "review",
        "verdict": verdict,
        "through_revision": one.revision,
        "given_at": time.time_ns() // 1_000_000,
    }
    published = publish(environment, [held_record(given)])
    try:
        wait_until_stored(environment, published, wait_seconds, _say)
    except NotStoredError as error:
        sys.exit(
            f"{error}. Whether this verdict lasts nobody knows: once Kafka, ClickHouse and the sinks are well, look at "
            "`tally held list`, and give it again if it is still there."
        )


def _reports(count: int) -> str:
    return "1 report" if count == 1 else f"{count:,} reports"


def _duration(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours // 24} d {hours % 24} h" if hours >= 24 else f"{hours} h {rest // 60} min"  # noqa: PLR2004 (hours of a day)
