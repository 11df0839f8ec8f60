"""Campaigns and sources that are changed under a running `tally up`."""

from pathlib import Path

import psutil
import pytest

from deploy.changes import Changes, read_and_take, read_anew, read_written
from deploy.taken import place_of
from producers.sources import load_sources
from schemas.catalogue import load_catalogue
from schemas.configuration import ConfigurationError
from schemas.environment import Environment
from tests.deploy.mending import NOOR, SOURCE
from tests.producers.proofs import SECRET
from tests.stacks import BODY, Up, wait_for

LATE = BODY | {"lines": [{"case": "noor", "letters": 2}]}


@pytest.mark.timeout(300)
def test_what_is_changed_is_read_and_what_is_wrong_is_said(data: Path) -> None:
    """A case that is added counts, a source that is added is there; a mistake is named and changes nothing.

    Not even for a part that ends meanwhile; and a source does not start counters anew.
    """
    up = Up(data)
    collector = up.part("producers")
    assert up.post("late", LATE) == 422
    campaign = data / "campaigns" / "campaign.toml"
    text = campaign.read_text()
    campaign.write_text(text + NOOR.replace('"PE"', '"Peru"'))
    wait_for(lambda: "campaign.toml:" in up.said(), 60)
    assert "starts again, with what was read before" in up.said()
    assert collector.is_running()
    for part in (collector, up.part("sinks.counters")):
        part.kill()
    wait_for(lambda: up.post("one") == 202, 60)
    wait_for(lambda: up.world() == 5, 60)
    campaign.write_text(text + NOOR)
    wait_for(lambda: up.post("late", LATE) == 202, 60)
    collector, counters = up.part("producers"), up.part("sinks.counters")
    (data / "sources").mkdir()
    (data / "sources" / "secret").write_text(SECRET)
    (data / "sources" / "shop.toml").write_text(SOURCE)
    shop = f"{up.addresses['collector']}/v1/channels/shop"
    wait_for(lambda: up.status_of(shop) == 401, 60)
    wait_for(lambda: up.world() == 7, 60)
    assert not running(collector)
    assert running(counters)
    assert up.said().count("sinks and counters start again") == 1
    assert up.said().count("the collector starts again") == 1
    assert up.stop() == 0, up.said()


def running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_change_is_told_once_and_when_it_is_whole(tmp_path: Path) -> None:
    """While somebody writes nothing is told; a second later it is, once, and so is a file that was taken away."""
    now = 0.0
    (tmp_path / "campaigns").mkdir()
    file = tmp_path / "campaigns" / "a.toml"
    changes = Changes(tmp_path, lambda: now)
    assert not changes.are_there()
    for length in (1, 2, 3):
        file.write_text("x" * length)
        now += 0.9
        assert not changes.are_there()
    now += 1
    assert [changes.are_there() for _ in range(2)] == [True, False]
    file.unlink()
    assert not changes.are_there()
    now += 1
    assert [changes.are_there() for _ in range(2)] == [True, False]


@pytest.mark.parametrize("key", ["", "k" * 31])
def test_a_key_that_no_collector_would_take_is_named(data: Path, key: str) -> None:
    """A pseudonym key that is empty or short is a mistake in a file, said by its name and without what is in it."""
    file = key_file(data)
    file.write_text(f"{key}\n")
    said: list[str] = []
    assert read_anew(data, told_of(data), said.append) is None
    assert [f"{file}: expected at least 32 characters; until" in line for line in said] == [True]
    assert "kkk" not in said[0]
    file.write_text("k" * 32)
    assert read_written(data, told_of(data)).keys.named == {"2027": b"k" * 32}


def test_what_is_no_key_is_named(data: Path) -> None:
    """A folder, a link that leads nowhere, and bytes that are no UTF-8 are mistakes, not the end of `tally up`."""
    file = key_file(data)
    file.mkdir()
    with pytest.raises(ConfigurationError, match="2027: Is a directory: make it a file"):
        read_written(data, told_of(data))
    file.rmdir()
    file.symlink_to("nowhere")
    with pytest.raises(ConfigurationError, match="2027: No such file or directory: make it a file"):
        read_written(data, told_of(data))
    file.unlink()
    file.write_bytes(b"\xff" * 40)
    with pytest.raises(ConfigurationError, match="2027:1: expected UTF-8"):
        read_written(data, told_of(data))


def test_what_cannot_be_listed_changes_nothing(tmp_path: Path) -> None:
    """A folder in whose place lies a file or a link to itself is watched on, and so is a link in a folder."""
    (tmp_path / "campaigns").write_text("no folder")
    (tmp_path / "secrets").symlink_to("secrets")
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "a.toml").symlink_to("a.toml")
    now = 0.0
    changes = Changes(tmp_path, lambda: now)
    assert not changes.are_there()
    (tmp_path / "campaigns").unlink()
    (tmp_path / "campaigns").mkdir()
    assert not changes.are_there()
    now += 1
    assert changes.are_there()


def test_what_was_checked_is_read_by_what_starts_later(data: Path) -> None:
    """Broken or gone, sources and their secrets are still there in a copy, which only its owner may read."""
    (data / "sources").mkdir()
    (data / "shop.secret").write_text(SECRET)
    (data / "sources" / "shop.toml").write_text(SOURCE.replace('["secret"]', '["../shop.secret"]'))
    written = read_and_take(data, told_of(data))
    (data / "sources" / "shop.toml").write_text("broken")
    (data / "shop.secret").unlink()
    said: list[str] = []
    assert read_anew(data, told_of(data), said.append) is None
    assert len(said) == 1
    catalogue = load_catalogue(place_of(data, "campaigns"))
    assert load_sources(place_of(data, "sources"), catalogue, {}) == written.sources
    assert (data / "taken").stat().st_mode & 0o777 == 0o700
    (data / "sources" / "shop.toml").unlink()
    assert read_and_take(data, told_of(data)).sources == {}
    assert not place_of(data, "sources").exists()


def key_file(data: Path) -> Path:
    (data / "secrets" / "pseudonym_keys").mkdir(parents=True)
    return data / "secrets" / "pseudonym_keys" / "2027"


def told_of(data: Path) -> Environment:
    return Environment(campaigns=data / "campaigns")  # type: ignore[call-arg]  # the rest has defaults
