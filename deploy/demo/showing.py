"""The verdict for people."""

from typing import Any

from rich.console import Console
from rich.table import Table

_PLACES = {"expected": "accepted, each once", "counted": "counted", "shown": "shown", "stored": "stored"}


def show(result: dict[str, Any], console: Console) -> None:
    """Print the verdict as tables and sentences."""
    console.print(
        f"Offered {result['offered']:,}, accepted {result['accepted']:,} (with double clicks, retries and corrections)."
    )
    if result["held"]:
        console.print(f"  held until a person has looked: {result['held']:,} (see `tally held list`)")
    for reason, times in sorted(result["refused"].items()):
        console.print(f"  refused, {reason}: {times:,}")
    table = Table("letters by", *_PLACES.values())
    for scope, letters in result["letters_by_scope"].items():
        table.add_row(scope, *(f"{letters[place]:,}" for place in _PLACES))
    console.print(table)
    for surprise, times in sorted(result["surprises"].items()):
        console.print(f"  not as it should be, {surprise}: {times:,}")
    for place, members in result["members_that_differ_by_place"].items():
        if members:
            console.print(f"  {members:,} members {place} differ from what was accepted")
    if not result["accepted"]:
        console.print("  nothing was accepted, which proves nothing")
    if "trace" in result:
        _show_trace(result, console)
    console.print("All agree." if result["all_agree"] else "Not all agree.")


def _show_trace(result: dict[str, Any], console: Console) -> None:
    trace = result["trace"]
    console.print(
        f"Played {trace['changes_played']:,} of {trace['changes']:,} changes: by then {trace['file']} says "
        f"{trace['signatures']:,} signatures in {trace['countries']:,} countries."
    )
    for country, signatures in sorted(trace["reported_as_unknown"].items()):
        console.print(f"  {country} is no country of ISO 3166-1: its {signatures:,} are reported as ZZ")
    for country in trace["countries_that_differ"]:
        places = ", ".join(f"{name} {letters:,}" for name, letters in result["totals_by_country"][country].items())
        console.print(f"  {country} differs: {places}")
    if trace["agrees"]:
        console.print("Every country's letters are those of the file, wherever they are seen.")
