"""What an audit has found: do log, ClickHouse and totals agree, and what of each published figure stands. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from deploy.audit.causes import Cause, Causes, Pair
from deploy.audit.history import Asked
from schemas.tally import Place as Member
from sinks.clickhouse.truth import Difference, Totals

_NOTHING: Final = (0, 0)
Sums = dict[Member, Pair]


class Publication(NamedTuple):
    """Figures that were given out, and which records of which log they were counted of."""

    publication_id: str
    as_of: int
    definition: str
    epoch: int
    positions: list[int]
    """Of the partitions that had something, which are the first ones."""
    asked: Asked
    figures: dict[Member, Pair]

    def position(self, partition: int) -> int:
        """Return how many records of a partition are in its figures."""
        return self.positions[partition] if partition < len(self.positions) else 0


class Now(NamedTuple):
    """What stands, by three ways of counting it, over all partitions."""

    log: Sums
    clickhouse: Sums
    totals: Sums


class Figure(NamedTuple):
    """A published figure: what was given out, what the log says of those records, what stands now, and why."""

    scope: str
    member: str
    published: Pair
    recounted: Pair | None
    """None where the log that it was counted of is lost."""
    now: Pair
    causes: dict[Cause, Pair]
    """They sum to what stands now minus what was recounted, or minus what was published where nothing could be."""


class Checked(NamedTuple):
    """A publication, its figures, and what is wrong with it, in sentences."""

    publication: Publication
    figures: list[Figure]
    doubts: list[str]


class Audit(NamedTuple):
    """Everything that an audit of a campaign has found."""

    campaign: str
    epoch: int
    versions: list[int]
    as_of: int
    now: Now
    findings: list[str]
    """Where log, ClickHouse and totals do not agree, in sentences."""
    publications: list[Checked]

    @property
    def wrong(self) -> list[str]:
        """Return every sentence that keeps the exit status from being 0."""
        return [*self.findings, *(doubt for one in self.publications for doubt in one.doubts)]


def is_of_this_log(publication: Publication, epoch: int) -> bool:
    """Tell whether its positions are places of the log as it is now."""
    return publication.epoch == epoch


def place_doubts(publication: Publication, epoch: int, versions: Sequence[int]) -> Iterator[str]:
    """Yield why the log can't be recounted up to where a publication was counted."""
    name = f"publication {publication.publication_id}"
    if not is_of_this_log(publication, epoch):
        yield (
            f"{name} was counted on epoch {publication.epoch} of the log, and this is epoch {epoch}, which a restore "
            "began: it can't be recounted. What came since is told by received_at; what changed since can't be told "
            "apart and is called untold"
        )
        return
    if len(publication.positions) > len(versions):
        yield f"{name} names {len(publication.positions)} partitions, and the log has {len(versions)}"
    for partition, (position, version) in enumerate(zip(publication.positions, versions, strict=False)):
        if position > version:
            yield f"{name} holds {position} records of partition {partition}, and the log has {version}"


def checked(publication: Publication, doubts: list[str], recounted: Sums | None, now: Sums, causes: Causes) -> Checked:
    """Return a publication's figures beside the recount, with a doubt for each that differs or was left out.

    Members of its scopes that have come since are there as well: with them a scope's sums are the world's.
    """
    scopes = {scope for scope, _ in publication.figures}
    since = {member for member, pair in now.items() if member[0] in scopes and pair != _NOTHING}
    figures = [
        _figure(member, publication.figures.get(member, _NOTHING), recounted, now, causes.get(member, {}))
        for member in sorted(publication.figures.keys() | since)
    ]
    wrong = list(doubts)
    name = f"publication {publication.publication_id}"
    wrong += [
        f"{name} gives {told(one.published)} for {one.scope} {one.member}, and the log up to there comes to "
        f"{told(one.recounted or _NOTHING)}"
        for one in figures
        if (one.scope, one.member) in publication.figures and one.recounted not in (None, one.published)
    ]
    for (scope, member), pair in sorted((recounted or {}).items()):
        if scope in scopes and pair != _NOTHING and (scope, member) not in publication.figures:
            wrong.append(f"{name} leaves out {scope} {member}, which had {told(pair)} by then")
    return Checked(publication, figures, wrong)


def _figure(member: Member, published: Pair, recounted: Sums | None, now: Sums, causes: dict[Cause, Pair]) -> Figure:
    stands = now.get(member, _NOTHING)
    if recounted is not None:
        return Figure(*member, published, recounted.get(member, _NOTHING), stands, causes)
    known = list(causes.values())
    letters = stands[0] - published[0] - sum(pair[0] for pair in known)
    reports = stands[1] - published[1] - sum(pair[1] for pair in known)
    untold: dict[Cause, Pair] = {"untold": (letters, reports)} if letters or reports else {}
    return Figure(*member, published, None, stands, causes | untold)


def sums_of(totals: Totals, campaign: str) -> Totals:
    """Return the totals of one campaign."""
    return {key: pair for key, pair in totals.items() if key[0] == campaign}


def gather(sums: Sums, totals: Totals) -> None:
    """Add the totals of a partition."""
    for (_, scope, member), (letters, reports) in totals.items():
        key: Member = (scope, member)  # type: ignore[assignment]  # a scope
        known = sums.get(key, _NOTHING)
        sums[key] = (known[0] + letters, known[1] + reports)


def sentence_of(difference: Difference, other: str) -> str:
    """Return that the log comes to another total than the other side."""
    _, scope, member = difference.total
    return (
        f"{scope} {member} in partition {difference.partition}: the log minus {other} is "
        f"{told((difference.letters, difference.reports))}"
    )


def told(pair: Pair) -> str:
    """Return letters and reports in words."""
    return f"{pair[0]:,} letters in {pair[1]:,} reports"
