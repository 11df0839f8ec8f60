"""One contract for the store on disk and the one in memory, and what only a disk can show."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.store import RocksStore, Store
from tests.stores import MemoryStore

keys = st.sampled_from([b"a", b"ab", b"b"]) | st.binary(min_size=1, max_size=8)
pairs = st.dictionaries(keys, st.none() | st.binary(max_size=8), max_size=8)


def on_disk(folder: Path) -> Callable[[], Store]:
    return lambda: RocksStore(folder)


def in_memory(_: Path) -> Callable[[], Store]:
    kept = MemoryStore()
    return lambda: kept


@pytest.mark.parametrize("world", [on_disk, in_memory])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(writes=st.lists(pairs, max_size=4), prefix=st.binary(max_size=2))
def test_it_answers_as_a_dict_would(
    tmp_path_factory: pytest.TempPathFactory,
    world: Callable[[Path], Callable[[], Store]],
    writes: list[dict[bytes, bytes | None]],
    prefix: bytes,
) -> None:
    """Reads and scans give what writes left and did not take away, also after the store was opened again."""
    opened, plain = world(tmp_path_factory.mktemp("store")), dict[bytes, bytes | None]()
    for write in writes:
        store = opened()
        store.write(write)
        store.close()
        plain.update(write)
    store = opened()
    assert store.read([*plain, b"never written"]) == [*plain.values(), None]
    there = sorted((key, value) for key, value in plain.items() if value is not None and key.startswith(prefix))
    assert list(store.scan(prefix)) == there
    store.close()


def test_a_write_survives_kill_9(tmp_path: Path) -> None:
    """What was written is there after the process was killed without warning."""
    script = (
        "import os, signal, sys; from pathlib import Path; from streams.store import RocksStore\n"
        "RocksStore(Path(sys.argv[1])).write({b'a': b'1', b'b': b'2'}); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, env=dict(os.environ))
    assert killed.returncode == -signal.SIGKILL
    store = RocksStore(tmp_path)
    assert store.read([b"a", b"b"]) == [b"1", b"2"]
    store.close()


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    """A second opener of the same folder is refused instead of sharing it."""
    store = RocksStore(tmp_path)
    with pytest.raises(Exception, match="lock"):
        RocksStore(tmp_path)
    store.close()
