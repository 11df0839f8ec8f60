"""The counters' page when nothing new is counted, in a real browser on a stack whose numbers grow old in seconds."""

import signal
import uuid
from collections.abc import Iterator

import pytest

from tests.browser.shown import Shown
from tests.stacks import Up, up_in


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Run one `tally up` that says every two seconds how new its numbers are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TALLY_KEYFRAME_INTERVAL_SECONDS", "2")
        with up_in(tmp_path_factory.mktemp("up")) as up:
            yield up


SLEPT = """() => {
  const now = Date.now;
  Date.now = () => now() + 3_600_000;
}"""
"""What a page finds after its machine has slept for an hour: that long is in one of its clocks only."""
ISLANDS_CLOCK = """() => {
  const told = document.querySelector("#day [data-zone='Pacific/Kiritimati'] time").textContent;
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Pacific/Kiritimati" };
  return told === new Intl.DateTimeFormat("en", options).format(Date.now());
}"""


def test_it_says_that_its_numbers_are_old_and_recovers(shown: Shown, up: Up) -> None:
    """While the worker stands still the page says how old its numbers are; it goes on by itself when that goes on."""
    shown.wait_for_status("Counting live")
    shown.mark()
    before = shown.numbers
    worker = up.part("streams")
    worker.send_signal(signal.SIGSTOP)
    shown.wait_for_status("These numbers are not new")
    assert "seconds ago" in shown.status
    assert up.post(str(uuid.uuid4())) == 202
    assert shown.numbers == before
    worker.send_signal(signal.SIGCONT)
    shown.wait_for_world(before.world + 5)
    shown.wait_for_status("Counting live")
    assert shown.is_marked


def test_it_knows_for_how_long_its_machine_slept(shown: Shown, up: Up) -> None:
    """After an hour of sleep the page says how old its numbers are, its clocks are right, and it connects anew."""
    shown.wait_for_status("Counting live")
    shown.mark()
    counters = up.part("sinks.counters")
    counters.send_signal(signal.SIGSTOP)  # the connection is dead, as after a sleep, without a word of it
    shown.page.evaluate(SLEPT)
    shown.wait_for_status("60 minutes ago")
    shown.page.wait_for_function(ISLANDS_CLOCK)
    counters.send_signal(signal.SIGCONT)
    shown.wait_for_status("Counting live")
    assert shown.is_marked
