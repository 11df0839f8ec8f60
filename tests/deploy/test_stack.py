"""The whole of it on one machine, as a newcomer runs it."""

import socket
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.stacks import Up, of_folder, wait_for


def test_a_second_up_goes_on_with_the_same_numbers(data: Path) -> None:
    """After a clean stop nothing is left running, and on the same folder all numbers are as they were, and grow."""
    first = Up(data)
    assert first.post("one") == 202
    assert first.post("one") == 202
    wait_for(lambda: first.world() == 5, 30)
    assert first.stop() == 0
    assert not of_folder(data)
    assert not (data / "addresses.json").exists()
    second = Up(data)
    wait_for(lambda: second.world() == 5, 30)
    assert second.post("two") == 202
    wait_for(lambda: second.world() == 10, 30)
    said = second.printed("reconcile")
    assert "w4r-2026 world: members 1, letters in truth 10, in totals 10\n" in said
    assert second.stop() == 0


@pytest.mark.timeout(600)
def test_what_is_killed_or_hangs_is_started_again(data: Path) -> None:
    """A killed count worker, a hanging counter, a killed broker: numbers come back, the broker's from ClickHouse."""
    up = Up(data)
    assert up.post("one") == 202
    wait_for(lambda: up.world() == 5, 30)
    up.part("streams").kill()
    up.part("sinks.counters").suspend()
    assert up.post("two") == 202
    wait_for(lambda: up.world() == 10, 90)
    assert "counters does not answer" in up.said()
    broker = up.part("broker")
    broker.kill()
    assert up.post("three") == 202
    wait_for(lambda: up.world() == 15, 120)
    assert up.run("reconcile") == 0
    assert up.stop() == 0


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("victim", ["broker", "everything"])
def test_what_was_accepted_is_counted_although_the_broker_forgets(data: Path, victim: str) -> None:
    """Killed with -9 while reports come in, broker or all at once, every report that was accepted counts, once."""
    up = Up(data)
    accepted = 0
    for number in range(300):
        accepted += up.post(str(number)) == 202
        if number == 150 and victim == "broker":
            up.part("broker").kill()
    assert accepted == 300
    if victim == "everything":
        for process in of_folder(data):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        wait_for(lambda: not of_folder(data), 20)
        up.web.close()
        up.process.wait()
        up = Up(data)
    assert [up.post(str(number)) for number in range(0, 300, 50)] == [202] * 6
    wait_for(lambda: up.world() == 300 * 5 and up.stored() == 300, 120)
    assert up.run("reconcile") == 0
    assert up.stop() == 0


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_restore_that_is_tried_again_keeps_its_broker(data: Path) -> None:
    """While a part can't start reports are taken, and each attempt goes on with the broker of the one before."""
    up = Up(data)
    assert up.post("one") == 202
    wait_for(lambda: up.world() == 5 and up.stored() == 1, 60)
    address = urlsplit(up.addresses["counters"])
    before = up.said().count("collector is ready")
    up.part("broker").kill()
    with closing(occupy(address.port or 0)):
        wait_for(lambda: up.said().count("not restored yet (counters did not start") >= 2, 180)
        assert up.said().count("collector is ready") == before
        assert up.post("two") == 202
        assert up.said().count("broker is ready") == 2
    wait_for(lambda: up.world() == 10, 180)
    assert up.said().count("broker is ready") == 2
    assert up.run("reconcile") == 0
    assert up.stop() == 0, up.said()


def occupy(port: int) -> socket.socket:
    """Take a port as soon as the part that has it is stopped."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            assert time.monotonic() < deadline, "it is not free"
            time.sleep(0.005)
