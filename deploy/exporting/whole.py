"""Files that are there whole or not at all."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to that takes the name when all went well, and is gone when not; raises OSError."""
    if path.exists() and not path.is_file():  # a folder can't be replaced, and a device must not be
        raise FileExistsError(errno.EEXIST, "It is there, and no file")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    file = beside.open("xb")
    try:
        with file:
            yield file
            settle(file)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def settle(file: BinaryIO) -> None:
    """Return once all that was written has left this process, and of a file on a disk, lies there."""
    file.flush()
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        os.fsync(file.fileno())
