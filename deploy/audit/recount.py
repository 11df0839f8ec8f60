"""The audit itself: the log recounted partition by partition, and held against ClickHouse, totals and publications."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

from clickhouse_connect.driver.client import Client

from deploy.audit.causes import Causes, Season, causes_after, causes_since, merge
from deploy.audit.history import Asked, History
from deploy.audit.log import AuditError, read_history
from deploy.audit.rows import spoiled_rows
from deploy.audit.stored import publications_of, released_of, rows_of, season_of
from deploy.audit.verdict import (
    Audit,
    Now,
    Publication,
    Sums,
    checked,
    gather,
    is_of_this_log,
    place_doubts,
    sentence_of,
    sums_of,
)
from schemas.epoch import Epoch
from sinks.clickhouse.reconcile import AtVersion, read_sides
from sinks.clickhouse.truth import differences

_MOST_ROWS: Final = 20
Say = Callable[[int, int, int], None]
"""Is told of how many records of the partition there are, the partition, and how many were read."""


class _Open(NamedTuple):
    """A publication while partitions are still read: `recounted` is None where the log can't be."""

    publication: Publication
    doubts: list[str]
    recounted: Sums | None
    now: Sums
    causes: Causes


def audit(client: Client, servers: str, epoch: Epoch, campaign: str, *, clock: Callable[[], int], say: Say) -> Audit:
    """Return what an audit of a campaign finds; raises AuditError or ReconcileError where there can be none.

    Of the log one partition's reports are in memory at a time.
    """
    publications = publications_of(client, campaign)
    sides = read_sides(client, servers, epoch)
    as_of = clock()
    versions = [sides[partition].version for partition in range(len(sides))]
    recount = _Recount(client, epoch["epoch"], season_of(client, campaign), versions, publications)
    for number, version in enumerate(versions):
        history = read_history(servers, number, len(sides), version, partial(say, version, number))
        recount.compare(history, number, sides[number])
        recount.look_back(history, number, version)
    if not (any(recount.now) or publications):
        raise AuditError(f"nothing was ever reported or published of a campaign {campaign!r}: is its name right?")
    found = [checked(*one) for one in recount.opened]
    return Audit(campaign, epoch["epoch"], versions, as_of, recount.now, recount.findings, found)


class _Recount:
    """What the partitions that were read so far come to."""

    def __init__(
        self, client: Client, epoch: int, season: Season, versions: list[int], publications: list[Publication]
    ) -> None:
        self.now = Now({}, {}, {})
        self.findings: list[str] = []
        self.opened: list[_Open] = []
        for one in publications:
            doubts = list(place_doubts(one, epoch, versions))
            self.opened.append(_Open(one, doubts, None if doubts else {}, {}, {}))
        self._client = client
        self._epoch = epoch
        self._season = season

    def compare(self, history: History, partition: int, at: AtVersion) -> None:
        """Find where the log, ClickHouse and the totals of a partition do not agree."""
        campaign = self._season.asked.campaign
        log = history.totals_at([at.version], self._season.asked)[at.version]
        truth, totals = sums_of(at.sides.truth, campaign), sums_of(at.sides.totals, campaign)
        for sums, counted in zip(self.now, (log, truth, totals), strict=True):
            gather(sums, counted)
        differing = list(differences(partition, log, truth))
        self.findings += [sentence_of(one, "ClickHouse") for one in differing]
        if differing:
            self.findings += islice(self._spoiled(history, partition, at.version), _MOST_ROWS)
        self.findings += [sentence_of(one, "the totals") for one in differences(partition, log, totals)]

    def _spoiled(self, history: History, partition: int, version: int) -> Iterator[str]:
        rows = rows_of(self._client, partition)
        for one in spoiled_rows(history, rows, self._epoch, version, self._season.asked.campaign):
            yield one.sentence()

    def look_back(self, history: History, partition: int, version: int) -> None:
        """Recount what each publication has of a partition, and find the causes of what is different now."""
        if not self.opened:
            return
        released = released_of(self._client, self._season, self._epoch, partition)
        positions: dict[Asked, set[int]] = {}
        for one in self.opened:
            here = {version} if one.recounted is None else {version, one.publication.position(partition)}
            positions.setdefault(one.publication.asked, set()).update(here)
        totals = {asked: history.totals_at(here, asked) for asked, here in positions.items()}
        for one in self.opened:
            asked, position = one.publication.asked, one.publication.position(partition)
            season = self._season._replace(asked=asked)
            gather(one.now, totals[asked][version])
            if one.recounted is not None:
                gather(one.recounted, totals[asked][position])
                merge(one.causes, causes_since(history, position, season, released))
            elif not is_of_this_log(one.publication, self._epoch):
                merge(one.causes, causes_after(history, one.publication.as_of, season, released))
