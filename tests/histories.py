"""Histories of letter reports, and what they come to when counted slowly and plainly."""

from collections.abc import Iterable
from random import Random
from uuid import UUID

from schemas.report import LetterReport
from streams.fold import Sums


def report_of(number: int, revision: int, letters: int, place: int, *, withdrawn: bool) -> LetterReport:
    return {
        "report_id": str(UUID(int=number)),
        "revision": revision,
        "withdrawn": withdrawn,
        "participant": None,
        "campaign": "w4r-2026" if place % 2 else "w4r-2025",
        "case": f"case-{place % 3}",
        "event": None if place % 5 == 0 else f"event-{place % 5}",
        "country": ("FR", "PL", "MX", "ZZ")[place % 4],
        "channel": "reports",
        "source": "reports",
        "kind": "card" if place % 7 == 0 else "letter",
        "letters": letters,
        "written_at": None,
        "received_at": 60_000 * (place % 4) + place,
    }


def standing(sums: Sums) -> Sums:
    return {key: pair for key, pair in sums.items() if pair != (0, 0)}


def recount(history: Iterable[LetterReport]) -> Sums:
    """Count slowly and plainly: the newest revision of each report, summed by scope."""
    newest: dict[str, LetterReport] = {}
    for report in history:
        known = newest.get(report["report_id"])
        if known is None or report["revision"] > known["revision"]:
            newest[report["report_id"]] = report
    sums: dict[tuple[str, str, str], list[int]] = {}
    for report in newest.values():
        letters = 0 if report["withdrawn"] else report["letters"]
        members = {
            "world": "all",
            "country": report["country"],
            "case": report["case"],
            "event": report["event"] or "none",
            "channel": report["channel"],
            "kind": report["kind"],
            "case-country": f"{report['case']}:{report['country']}",
        }
        for scope, member in members.items():
            pair = sums.setdefault((report["campaign"], scope, member), [0, 0])
            pair[0] += letters
            pair[1] += letters > 0
    return standing({key: (pair[0], pair[1]) for key, pair in sums.items()})  # type: ignore[misc]


def random_history(random: Random, size: int, ids: int) -> list[LetterReport]:
    """Return duplicates, corrections, moves and withdrawals, in which a revision always says the same."""
    history = []
    for _ in range(size):
        number, revision = random.randrange(ids), random.choice((0, 0, 0, 0, 1, 2))
        says = Random(number * 10 + revision)
        letters, place, withdrawn = says.randrange(9), says.randrange(100), says.random() < 0.05
        history.append(report_of(number, revision, letters, place, withdrawn=withdrawn))
    return history
