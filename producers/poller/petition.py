"""One petition: its page is read, and what is new in it is published.

Nothing is kept on disk. The first page after a start says everything, and takes back each country that it does not
name, since nobody remembers whether an earlier page did; later pages say what has changed since Kafka acknowledged it.
"""

import random
import time
from typing import Final

import httpx

from producers.channels.petition_counter.read import COUNTRIES, newest
from producers.channels.reading import Draft, Reading, Refused
from producers.channels.source import Poll
from producers.drafts import Rules
from producers.poller.fetch import Failed, Unchanged, fetch
from producers.poller.pace import wait_seconds
from producers.publisher import KafkaAwayError, Publisher
from producers.records import records_of
from producers.sorting import sort
from producers.sources import Configured
from schemas import metrics
from schemas.operations import log_of

_LOOK_AGAIN_SECONDS: Final = 3600
_KAFKA_SECONDS: Final = 1
_log: Final = log_of("poller")


class Petition:
    """What the page last said, as far as Kafka has acknowledged it, and how the polls went."""

    def __init__(self, number: str, poll: Poll, configured: Configured, rules: Rules, publisher: Publisher) -> None:
        self.name = f"{configured.source.source}/{number}"
        self.complaint: str | None = "not polled yet"
        self._number = number
        self._poll = poll
        self._url = f"{poll.address}/petitions/{number}.json"
        self._user_agent = f"LetterTally (+{poll.contact})"
        self._configured = configured
        self._rules = rules
        self._publisher = publisher
        self._failures = 0
        self._revision = 0
        self._etag: str | None = None
        self._said: dict[object, object] = {}
        self._log_id: str | None = None

    async def poll(self, client: httpx.AsyncClient) -> tuple[float, float]:
        """Poll once; return in how many seconds to do so again, and for how long to leave the whole site alone."""
        if closed_seconds := self._closed_seconds():
            self.complaint, self._failures = None, 0
            return self._wait(min(closed_seconds, _LOOK_AGAIN_SECONDS)), 0
        metrics.LAST_POLLED.labels(self._configured.source.source, self._number)  # shown from now on, be it as never
        if (log_id := self._publisher.log_id) is None:
            self._say_not_published()  # and the site need not be asked
            return _KAFKA_SECONDS, 0
        if log_id != self._log_id:
            self._forget()  # a lost log took with it what was said
        found = await fetch(client, self._url, self._etag, self._user_agent)
        if isinstance(found, Failed):
            self._fail(found.kind, found.detail)
            return self._wait(found.retry_seconds), found.retry_seconds
        if isinstance(found, Unchanged):
            self._succeed("unchanged", 0)
        elif await self._take(found.body):
            self._etag = found.etag
        return self._wait(found.fresh_seconds), 0

    async def _take(self, body: bytes) -> bool:
        """Publish what is new in a page; return whether Kafka has all of it."""
        self._revision = max(time.time_ns() // 1_000_000, self._revision + 1)  # also where the clock is set back
        readings = newest(body, self._revision, sorted(COUNTRIES))
        drafts = [reading for reading in readings if isinstance(reading, Draft)]
        refused = next((reading for reading in readings if isinstance(reading, Refused)), None)
        if any(isinstance(r, Draft | Refused) and r.submission not in {self._number, None} for r in readings):
            self._fail("other_petition", "the page is another petition's")
            return False
        news = [reading for reading in readings if self._said.get(_of(reading)) != _says(reading)]
        done = sort(news, body, self._configured, self._rules, self._revision)
        try:
            self._log_id = (await self._publisher.publish(records_of(done))).log_id
        except KafkaAwayError:
            self._forget()  # nobody knows what has arrived
            self._say_not_published()
            return False
        self._said |= {_of(reading): _says(reading) for reading in readings}
        metrics.ACCEPTED.labels(self._configured.source.channel).inc(len(done.letters))
        for rejection in done.rejections:
            metrics.REFUSED.labels("poller", rejection["reason"]).inc()
        if refused and not drafts:
            self._fail("unreadable", refused.detail)
            return False
        self._succeed("page", len(news))
        if refused:  # its other countries count, so it is polled as often as before
            self.complaint = f"{refused.field}: {refused.detail}"
        return not refused

    def _closed_seconds(self) -> float:
        """Return for how many seconds nothing of the campaign may count, 0 where it may."""
        source = self._configured.source
        campaign = self._rules.catalogue.campaigns[source.campaign]
        now, opens = time.time(), campaign.at(campaign.opens).timestamp()
        if now > campaign.at(campaign.late_until).timestamp():
            return float("inf")
        return max(0.0, opens - now)

    def _wait(self, asked_for: float) -> float:
        return wait_seconds(self._poll.every_seconds, asked_for, self._failures, random.random())  # noqa: S311 (jitter)

    def _forget(self) -> None:
        self._etag, self._said, self._log_id = None, {}, None

    def _succeed(self, outcome: str, news: int) -> None:
        if self.complaint or news:
            _log.info("polled", petition=self.name, outcome=outcome, news=news)
        self._failures, self.complaint = 0, None
        metrics.POLLS.labels(self._configured.source.source, outcome).inc()
        metrics.LAST_POLLED.labels(self._configured.source.source, self._number).set_to_current_time()

    def _say_not_published(self) -> None:
        """Say that it is not the site's fault: it is polled as often as before."""
        self.complaint = "Kafka is away"
        metrics.POLLS.labels(self._configured.source.source, "not_published").inc()

    def _fail(self, kind: str, detail: str) -> None:
        self._failures += 1
        self.complaint = detail
        metrics.POLLS.labels(self._configured.source.source, kind).inc()
        _log.warning("poll_failed", petition=self.name, kind=kind, detail=detail, failures=self._failures)


def _of(reading: Reading) -> object:
    """Return what a reading is of: a country, or a place of the page."""
    return reading.line if isinstance(reading, Draft) else reading


def _says(reading: Reading) -> object:
    return (reading.letters, reading.withdrawn) if isinstance(reading, Draft) else reading
