from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.cluster import Cluster
from tests.deploy.mending import Mended
from tests.stacks import Up, end_all_of, make_folder, of_folder


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Make a folder for `tally up`; whatever still runs on it is ended after."""
    yield make_folder(tmp_path)
    end_all_of(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Run one `tally up` for all tests of a module that leave it as they found it."""
    folder = tmp_path_factory.mktemp("shared")
    up = Up(make_folder(folder))
    yield up
    assert up.stop() == 0, up.said()
    assert not of_folder(folder)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Run a cluster with topics and tables, and what stores."""
    cluster = Cluster(tmp_path)
    try:
        cluster.tally("migrate")
        cluster.tally("topics", "create")
        cluster.start_parts()
        yield cluster
    finally:
        cluster.close()


@pytest.fixture
def mended(tmp_path: Path) -> Iterator[Mended]:
    """Run all parts, of organisers who have made no mistake yet."""
    mended = Mended(tmp_path)
    try:
        mended.start()
        yield mended
    finally:
        mended.close()
