"""The counters' page when nothing new is counted, in a real browser on a stack whose numbers grow old in seconds."""

import signal
import uuid
from collections.abc import Iterator

import pytest

from tests.browser.shown import Shown
from tests.stacks import Up, end_all_of, make_folder


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Run one `tally up` that says every two seconds how new its numbers are."""
    folder = tmp_path_factory.mktemp("up")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TALLY_KEYFRAME_INTERVAL_SECONDS", "2")
        try:
            up = Up(make_folder(folder))
            yield up
            assert up.stop() == 0, up.said()
        finally:
            end_all_of(folder)


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
