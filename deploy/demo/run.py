"""`tally demo`: the whole stack under a generated December 10th, and a verdict at the end."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.demo.senders import Sent, send_until
from deploy.demo.verdict import counted, shown, stored, verdict
from deploy.stack import Stack
from schemas.catalogue import load_catalogue
from schemas.migrations import connect


def run_demo(stack: Stack, seconds: float | None, speed: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Send submissions to a started stack, for so long or until Ctrl-C, and return the verdict."""
    campaign = next(iter(load_catalogue(stack.environment.campaigns).campaigns.values()))
    over, watching = threading.Event(), threading.Event()
    supervision = threading.Thread(target=_supervise, args=(stack, watching), daemon=True)
    supervision.start()
    with closing(connect(stack.environment.clickhouse.get_secret_value())) as client:
        before = stored(client, campaign.campaign)
        deadline = None if seconds is None else time.monotonic() + seconds
        is_over = lambda: over.is_set() or (deadline is not None and time.monotonic() > deadline)  # noqa: E731 (short)
        sending = send_until(is_over, stack.addresses["collector"], campaign, speed, partial(_say_progress, say))
        sent = _until_interrupted(sending, over)
        result = verdict(
            sent,
            before,
            {
                "counted": partial(
                    counted,
                    stack.environment.kafka,
                    stack.environment.partitions,
                    campaign.campaign,
                    stack.epoch,
                ),
                "shown": partial(shown, stack.addresses["counters"], campaign.campaign),
                "stored": partial(stored, client, campaign.campaign),
            },
        )
    watching.set()
    supervision.join()
    return result


def _until_interrupted(sending: Any, over: threading.Event) -> Sent:  # noqa: ANN401 (a coroutine of Sent)
    """Run the senders on a thread of their own, so that Ctrl-C ends the sending and not the verdict."""
    found: list[Sent] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(sending)))
    thread.start()
    while thread.is_alive():
        try:
            thread.join(0.2)
        except KeyboardInterrupt:
            over.set()
    return found[0]


def _supervise(stack: Stack, is_over: threading.Event) -> None:
    while not is_over.wait(0.2):
        stack.watch_once()


def _say_progress(say: Callable[[str], None], sent: Sent, seconds: float) -> None:
    letters = sent.expected.get(("world", "all"), (0, 0))[0]
    refused = sum(sent.refused.values())
    say(f"{seconds:4.0f} s: {sent.accepted:,} accepted, {refused:,} refused, {letters:,} letters")


def show(result: dict[str, Any], console: Console) -> None:
    """Print the verdict as tables."""
    console.print(f"Offered {result['offered']:,}, accepted {result['accepted']:,} (with double clicks).")
    for reason, times in sorted(result["refused"].items()):
        console.print(f"  refused, {reason}: {times:,}")
    table = Table("letters by", "accepted, each once", "counted", "shown", "stored")
    for scope, letters in result["letters_by_scope"].items():
        table.add_row(scope, *(f"{letters[place]:,}" for place in ("expected", "counted", "shown", "stored")))
    console.print(table)
    console.print("All agree." if result["all_agree"] else f"{result['members_that_differ']} members differ.")


def as_json(result: dict[str, Any]) -> str:
    """Return the verdict on one line."""
    return json.dumps(result)
