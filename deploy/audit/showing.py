"""An audit for a person's terminal, and for programs. Pure."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from deploy.audit.causes import CAUSES, Pair
from deploy.audit.verdict import Audit, Checked, Figure, Sums
from schemas.tally import SCOPES
from sinks.counters.edition import iso_of


def tables_of(audit: Audit, scope: str) -> Iterator[Table | str]:
    """Yield sentences and tables: what stands by three counts, then each publication by causes, members of `scope`."""
    yield f"Campaign {audit.campaign} on epoch {audit.epoch} of the log, as of {iso_of(audit.as_of)}:"
    table = Table("scope", "members", "log", "ClickHouse", "totals")
    for name in SCOPES:
        members, *letters = _of_scope(audit, name)
        table.add_row(name, f"{members:,}", *(f"{count:,}" for count in letters))
    yield table
    if not audit.publications:
        yield "Nothing was published of it."
    for one in audit.publications:
        yield from _publication(one, scope)


def _of_scope(audit: Audit, scope: str) -> tuple[int, ...]:
    sides = [{key: pair for key, pair in sums.items() if key[0] == scope and pair != (0, 0)} for sums in audit.now]
    return len(set().union(*sides)), *(sum(letters for letters, _ in side.values()) for side in sides)


def _publication(one: Checked, scope: str) -> Iterator[Table | str]:
    said = one.publication
    yield f"Publication {said.publication_id} of {iso_of(said.as_of)} ({said.definition}), in letters:"
    figures = [figure for figure in one.figures if figure.scope == scope]
    if not figures:
        scopes = ", ".join(sorted({figure.scope for figure in one.figures})) or "nothing"
        yield f"It gives no figure of scope {scope}. It gives {scopes}: see --scope."
        return
    causes = [cause for cause in CAUSES if any(cause in figure.causes for figure in figures)]
    table = Table("member", "published", "recounted", *causes, "now")
    for figure in figures:
        recounted = "-" if figure.recounted is None else f"{figure.recounted[0]:,}"
        told = [f"{figure.causes.get(cause, (0, 0))[0]:+,}" for cause in causes]
        cells = (figure.member, f"{figure.published[0]:,}", recounted, *told, f"{figure.now[0]:,}")
        table.add_row(*map(Text, cells))
    yield table


def json_of(audit: Audit) -> dict[str, Any]:
    """Return everything, for programs."""
    return {
        "campaign": audit.campaign,
        "epoch": audit.epoch,
        "positions": audit.versions,
        "as_of": iso_of(audit.as_of),
        "agrees": not audit.wrong,
        "now": {name: _sums(sums) for name, sums in audit.now._asdict().items()},
        "findings": audit.findings,
        "publications": [
            {
                "publication_id": one.publication.publication_id,
                "as_of": iso_of(one.publication.as_of),
                "definition": one.publication.definition,
                "epoch": one.publication.epoch,
                "positions": one.publication.positions,
                "doubts": one.doubts,
                "figures": [_figure(figure) for figure in one.figures],
            }
            for one in audit.publications
        ],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "scope": figure.scope,
        "member": figure.member,
        "published": _pair(figure.published),
        "recounted": None if figure.recounted is None else _pair(figure.recounted),
        "now": _pair(figure.now),
        "causes": {cause: _pair(pair) for cause, pair in figure.causes.items()},
    }


def _sums(sums: Sums) -> list[dict[str, Any]]:
    return [{"scope": key[0], "member": key[1], **_pair(pair)} for key, pair in sorted(sums.items()) if any(pair)]


def _pair(pair: Pair) -> dict[str, int]:
    return {"letters": pair[0], "reports": pair[1]}
