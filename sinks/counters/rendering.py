"""The page, rendered with its numbers so that it says them without script too."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from html import escape
from importlib.resources import files
from string import Template
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from schemas.catalogue import Campaign, Catalogue
from schemas.tally import WORLD_MEMBER, Scope
from sinks.counters.board import Board
from sinks.counters.edition import iso_of
from sinks.counters.ledger import NOTHING

PAGE_HEADERS: Final = {
    "Cache-Control": "public, max-age=1, stale-while-revalidate=5",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_UNKNOWN: Final = "not known yet"
_MEDIA_TYPES: Final = {"counter.js": "text/javascript", "counter.css": "text/css"}


@dataclass(frozen=True)
class File:
    """A file that the page refers to, and the tag that changes with its content."""

    content: bytes
    media_type: str
    tag: str


def _read(name: str) -> bytes:
    return (files("sinks.counters") / "page" / name).read_bytes()


def _file(name: str, media_type: str) -> File:
    content = _read(name)
    return File(content, media_type, f'"{blake2b(content, digest_size=12).hexdigest()}"')


_FILES: Final = {name: _file(name, media_type) for name, media_type in _MEDIA_TYPES.items()}
_PAGE: Final = Template(_read("index.html").decode())
_CHOICE: Final = Template(_read("choose.html").decode())


def file_of(name: str) -> File | None:
    """Return the script or the style by its name, or None."""
    return _FILES.get(name)


def choice_of(catalogue: Catalogue, known: list[str]) -> str:
    """Return a page that lists the campaigns."""
    links = [
        f'<li><a href="?campaign={quote(name)}">{escape(_title(catalogue.campaigns.get(name), name))}</a></li>'
        for name in known
    ]
    said = "Choose a campaign:" if known else "There is no campaign yet."
    return _CHOICE.substitute(said=said, campaigns="\n".join(links))


def page_of(board: Board, catalogue: Catalogue, name: str, now_ms: int, limit_ms: int) -> str:
    """Return a campaign's page; numbers below zero are shown as zero, and where there are none yet the page says so."""
    campaign = catalogue.campaigns.get(name)
    zone = campaign.time_zone if campaign else "UTC"
    as_of = board.as_of
    goal = f"<p>The goal is {campaign.goal:,}.</p>" if campaign else ""
    return _PAGE.substitute(
        title=escape(_title(campaign, name)),
        campaign=escape(name),
        time_zone=escape(zone),
        stale_seconds=limit_ms // 1000,
        age_seconds=max(0, now_ms - as_of) // 1000 if as_of is not None else 0,
        world=_number(board, name, "world", WORLD_MEMBER),
        goal=goal,
        status=_status(board, now_ms, limit_ms),
        as_of=iso_of(as_of) if as_of is not None else "",
        as_of_text=_in_words(as_of, zone) if as_of is not None else _UNKNOWN,
        cases="\n".join(_rows(board, campaign, name)),
    )


def _title(campaign: Campaign | None, name: str) -> str:
    return campaign.title if campaign else name


def _rows(board: Board, campaign: Campaign | None, name: str) -> list[str]:
    named = {case.case: (case.name, case.line) for case in campaign.cases} if campaign else {}
    seen = sorted(member for scope, member in board.totals(name) if scope == "case" and member not in named)
    cases = named | {member: (member, "") for member in seen}
    return [
        f'<tr data-case="{escape(case)}"><th scope="row">{escape(title)}'
        + (f"<small>{escape(line)}</small>" if line else "")
        + f"</th><td>{_number(board, name, 'case', case)}</td></tr>"
        for case, (title, line) in cases.items()
    ]


def _number(board: Board, campaign: str, scope: Scope, member: str) -> str:
    if board.is_catching_up:
        return _UNKNOWN
    letters, _ = board.totals(campaign).get((scope, member), NOTHING)
    return f"{max(0, letters):,}"


def _status(board: Board, now_ms: int, limit_ms: int) -> str:
    if board.is_catching_up or board.as_of is None:
        return "The numbers are being counted again and are not complete yet. Look again in a minute."
    if board.is_stale(now_ms, limit_ms):
        return f"These numbers are {(now_ms - board.as_of) // 60_000} minutes old. Reload to see newer ones."
    return "Counted just now. Reload to see newer numbers."


def _in_words(as_of: int, zone: str) -> str:
    return datetime.fromtimestamp(as_of / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%-d %B %Y at %H:%M:%S %Z")
