"""Whether all places agree, member by member, on what was accepted; and with a trace's own file."""

import time
from collections.abc import Callable
from typing import Any, Final

from deploy.demo.expected import Sent, Totals, added
from schemas.tally import SCOPES

_QUIET_SECONDS: Final = 30
_LOOK_SECONDS: Final = 0.2

Places = dict[str, Totals]
"""Name -> what is there."""


def settled(expected: Totals, readers: dict[str, Callable[[], Totals]]) -> Places:
    """Return what each place has once all have what is expected, or once nothing has changed for half a minute."""
    seen = {name: read() for name, read in readers.items()}
    changed_at = time.monotonic()
    while any(totals != expected for totals in seen.values()) and time.monotonic() - changed_at < _QUIET_SECONDS:
        time.sleep(_LOOK_SECONDS)
        before, seen = seen, {name: read() for name, read in readers.items()}
        changed_at = changed_at if seen == before else time.monotonic()
    return seen


def verdict(sent: Sent, expected: Totals, places: Places) -> dict[str, Any]:
    """Return what each place has by scope and country, and whether all agree that only what should count does."""
    everywhere = {"expected": expected, **places}
    differing = {name: len({m for m, _ in totals.items() ^ expected.items()}) for name, totals in places.items()}
    return {
        "offered": sent.offered,
        "accepted": sent.accepted,
        "answers_lost": sent.answers_lost,
        "held": sent.held,
        "refused": dict(sent.refused),
        "surprises": dict(sent.surprises),
        "letters_by_scope": {
            scope: {name: sum(_letters(totals, scope).values()) for name, totals in everywhere.items()}
            for scope in SCOPES
        },
        "totals_by_country": by_country(everywhere),
        "members_that_differ": sum(differing.values()),
        "members_that_differ_by_place": differing,
        "all_agree": not any(differing.values()) and not sent.surprises and sent.accepted > 0,
    }


def by_country(places: Places) -> dict[str, dict[str, int]]:
    """Return letters by country and place."""
    letters = {name: _letters(totals, "country") for name, totals in places.items()}
    countries = sorted({country for of_place in letters.values() for country in of_place})
    return {country: {name: letters[name].get(country, 0) for name in places} for country in countries}


def with_file(result: dict[str, Any], file: dict[str, int], before: Totals, facts: dict[str, Any]) -> dict[str, Any]:
    """Add what a trace's file says itself, which must be what every place has; `facts` say what was played of it."""
    said = _letters(added({("country", country): (letters, 1) for country, letters in file.items()}, before), "country")
    countries = result["totals_by_country"]
    for country in {**countries, **said}:
        places = countries.setdefault(country, dict.fromkeys(("expected", "counted", "shown", "stored"), 0))
        places["file"] = said.get(country, 0)
    differing = sorted(country for country, places in countries.items() if len(set(places.values())) > 1)
    trace = {**facts, "signatures": sum(file.values()), "countries_that_differ": differing, "agrees": not differing}
    return {**result, "trace": trace, "all_agree": result["all_agree"] and not differing}


def _letters(totals: Totals, scope: str) -> dict[str, int]:
    return {member: letters for (of, member), (letters, _) in totals.items() if of == scope}
