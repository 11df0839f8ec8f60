"""What was refused and counts now, to Kafka; and once ClickHouse has it, that it is refused no more."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client
from kafka.errors import KafkaError

from deploy.publishing import NotStoredError, publish, wait_until_stored
from deploy.refusals import held_reports, newest_revisions
from deploy.retry import Judged, Known, ids_in, joined, judge
from deploy.stored import stored_events
from producers.drafts import Rules
from producers.known_events import KnownEvents
from producers.pseudonyms import NO_KEYS
from producers.publisher import Outgoing
from producers.records import held_record, letter_record, rejected_record
from producers.sources import Configured
from schemas.catalogue import load_catalogue
from schemas.cluster import ClusterError
from schemas.environment import Environment
from schemas.rejection import Rejection

_MOST_NAMED: Final = 10


class Bench(NamedTuple):
    """What refusals are judged with today."""

    client: Client
    rules: Rules
    sources: Mapping[str, Configured]
    trusts_trapped: bool

    def judged(self, found: Sequence[Rejection]) -> list[Judged]:
        """Return what becomes of each, as far as ClickHouse knows what has become of its reports since."""
        revisions = newest_revisions(self.client, ids_in(found, self.sources))
        known = Known(self.rules, self.sources, revisions, {}, self.trusts_trapped)
        judged = [judge(one, known) for one in found]
        waiting = [held["submission_id"] for one in judged for held in one.held]
        return joined(judged, known._replace(held=held_reports(self.client, waiting)))


def bench_of(
    client: Client, environment: Environment, sources: Mapping[str, Configured], *, trusts_trapped: bool
) -> Bench:
    """Return it, with the events that ClickHouse knows."""
    catalogue = load_catalogue(environment.campaigns)
    events = KnownEvents(catalogue, is_read=True)
    for event in stored_events(client):
        events.put(event)
    return Bench(client, Rules(catalogue, NO_KEYS, events.is_known), sources, trusts_trapped)


def send_on(
    environment: Environment, good: Sequence[Judged], limit_seconds: float, say: Callable[[str], None]
) -> str | None:
    """Return once ClickHouse has the reports, and after them the notes that these are refused no more; or why not.

    A note that outlived its report would lose it, so none is written before a restore would bring the report back.
    Where something is not noted all is done again by a second retry: the same ids, which count once.
    """
    records: list[Outgoing] = []
    for one in good:
        records += [*map(letter_record, one.letters), *map(held_record, one.held), *map(held_record, one.verdicts)]
    now_ms = time.time_ns() // 1_000_000
    notes = [_note(one.rejection, now_ms) for one in good]
    for part in (records, notes):
        try:
            if part:
                wait_until_stored(environment, publish(environment, part), limit_seconds, say)
        except NotStoredError as error:
            return str(error)
        except ClusterError as error:
            return f"Kafka is not as it was: {error}"
        except KafkaError as error:
            return f"Kafka does not answer ({type(error).__name__})"
    return None


def _note(rejection: Rejection, now_ms: int) -> Outgoing:
    """Return the record that stands in the table from now on, also where the clock of whoever refused it was ahead."""
    at_ms = max(now_ms, rejection["rejected_at"] + 1)
    return rejected_record(rejection | {"rejected_at": at_ms, "retried_at": at_ms})


@dataclass
class Account:
    """What has become of the refusals so far."""

    retried: int = 0
    letters: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """Why some can't be retried, and how many each."""

    def add(self, judged: Sequence[Judged]) -> None:
        """Add those that were sent on or settled, and those that stay."""
        good = [one for one in judged if one.is_settled]
        self.retried += len(good)
        self.letters += sum(report["letters"] for one in good for report in one.letters)
        self.reasons.update(one.why_not or "it waits" for one in judged if not one.is_settled)

    def sentences(self) -> str:
        """Return how many were retried, how many can't be, and why."""
        stays = self.reasons.total()
        said = [f"Sent on: {self.letters:,} letters will be counted."] if self.retried else []
        stay = f" {stays:,} {'stays' if stays == 1 else 'stay'}:" if stays else ""
        said.append(f"Retried: {self.retried:,} of {self.retried + stays:,}.{stay}")
        said += [f"  {times:,}  {why}" for why, times in self.reasons.most_common(_MOST_NAMED)]
        if len(self.reasons) > _MOST_NAMED:
            said.append(f"  and {len(self.reasons) - _MOST_NAMED} reasons more")
        return "\n".join(said)
