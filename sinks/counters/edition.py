"""What the board says of one campaign, as the JSON that readers get. Pure; time is a parameter."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

import orjson
from typing_extensions import TypedDict

from schemas.tally import SCOPES, WORLD_MEMBER, Place, Scope
from sinks.counters.board import Board
from sinks.counters.digest import digest_of
from sinks.counters.ledger import NOTHING, Pair

_ORDER: Final = {scope: number for number, scope in enumerate(SCOPES)}
ALL_SCOPES: Final = frozenset(SCOPES)
_WORLD: Final[Place] = ("world", WORLD_MEMBER)


class Aged(TypedDict, total=False):
    """What every answer says of its age when it is given; stale is what is older than it ever is while all is well."""

    is_stale: bool
    age_seconds: float


class Facts(Aged):
    """What the numbers are of: `versions` says how many records of each partition are counted."""

    campaign: str
    as_of: str
    epoch: int | None
    versions: dict[str, int]


class Total(TypedDict):
    """The letters and reports of one member."""

    scope: Scope
    member: str
    letters: int
    reports: int


class Statement(Facts):
    """The totals of a campaign."""

    totals: list[Total]


class OneTotal(Facts, Total):
    """One total of a campaign."""


class Edition(NamedTuple):
    """One state of a campaign, encoded once for everybody; what depends on the clock is added at each answer."""

    revision: int
    made_at: int
    as_of: int
    digest: str
    body: bytes

    def at(self, now_ms: int, limit_ms: int) -> bytes:
        """Return the JSON object with its age (seconds) and whether that is over the limit."""
        return with_age(self.body, self.as_of, now_ms, limit_ms)

    def tag(self, now_ms: int, limit_ms: int) -> str:
        """Return the ETag: weak, since the age differs; the same from every counter that shows this state."""
        return f'W/"{self.digest}-{"stale" if now_ms - self.as_of > limit_ms else "fresh"}"'


def edition_of(board: Board, campaign: str, now_ms: int, scopes: frozenset[Scope] = ALL_SCOPES) -> Edition:
    """Return all totals of a campaign that are not zero, and the world's; the board must not be catching up."""
    totals = {_WORLD: NOTHING} | {place: pair for place, pair in board.totals(campaign).items() if pair != NOTHING}
    wanted = (total for total in totals.items() if total[0][0] in scopes)
    ordered = sorted(wanted, key=lambda total: (_ORDER[total[0][0]], total[0][1]))
    body = orjson.dumps(_statement(board, campaign, ordered))
    digest = digest_of(body)
    return Edition(board.revision, now_ms, board.as_of or 0, digest, body)


def changes_of(board: Board, campaign: str, places: Iterable[Place], now_ms: int, limit_ms: int) -> bytes:
    """Return the same JSON object with the totals of these places only, zeros included."""
    totals = board.totals(campaign)
    changed = [(place, totals.get(place, NOTHING)) for place in places]
    return with_age(orjson.dumps(_statement(board, campaign, changed)), board.as_of or 0, now_ms, limit_ms)


def total_of(board: Board, campaign: str, place: Place, now_ms: int, limit_ms: int) -> bytes:
    """Return the JSON object of one total."""
    letters, reports = board.totals(campaign).get(place, NOTHING)
    total: Total = {"scope": place[0], "member": place[1], "letters": letters, "reports": reports}
    said: OneTotal = {**_facts(board, campaign), **total}
    return with_age(orjson.dumps(said), board.as_of or 0, now_ms, limit_ms)


def with_age(body: bytes, as_of: int, now_ms: int, limit_ms: int) -> bytes:
    """Return a JSON object with `is_stale` and `age_seconds` added."""
    age_ms = max(0, now_ms - as_of)
    is_stale = b"true" if age_ms > limit_ms else b"false"
    return b'%b,"is_stale":%b,"age_seconds":%.1f}' % (body[:-1], is_stale, age_ms / 1000)


def iso_of(milliseconds: int) -> str:
    """Return epoch milliseconds as ISO 8601 in UTC."""
    return iso_text(datetime.fromtimestamp(milliseconds / 1000, UTC))


def iso_text(moment: datetime) -> str:
    """Return a moment in UTC in ISO 8601, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _facts(board: Board, campaign: str) -> Facts:
    return {
        "campaign": campaign,
        "as_of": iso_of(board.as_of or 0),
        "epoch": board.epoch,
        "versions": {str(partition): version for partition, version in board.versions.items()},
    }


def _statement(board: Board, campaign: str, totals: Iterable[tuple[Place, Pair]]) -> Statement:
    rows: list[Total] = [
        {"scope": scope, "member": member, "letters": letters, "reports": reports}
        for (scope, member), (letters, reports) in totals
    ]
    return {**_facts(board, campaign), "totals": rows}
