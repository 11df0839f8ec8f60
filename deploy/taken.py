"""A copy of the campaigns and sources that were checked: whatever starts again later reads what was right."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from producers.channels.source import Source
from schemas.configuration import ConfigurationError


def place_of(data: Path, name: str) -> Path:
    """Return where the copy of a folder of DIR lies: under its whole path, so that ../secret leads to a copy too."""
    return _under(data / "taken" / "now", data / name)


def take(data: Path, sources: Iterable[Source]) -> None:
    """Put a copy of DIR/campaigns and DIR/sources, and of the secrets beside these, in the place of the one before."""
    new, now, old = (data / "taken" / name for name in ("new", "now", "old"))
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    now.parent.mkdir(mode=0o700, exist_ok=True)
    new.mkdir()
    for folder in ("campaigns", "sources"):
        for file in (data / folder).glob("*.toml"):
            _copy(new, file)
    for source in sources:
        for secret_file in source.secret_files:
            if not secret_file.is_absolute():
                _copy(new, data / "sources" / secret_file)
    if now.exists():
        now.rename(old)
    new.rename(now)
    shutil.rmtree(old, ignore_errors=True)


def _copy(root: Path, file: Path) -> None:
    copy = _under(root, file)
    if not Path(os.path.normpath(copy)).is_relative_to(root):
        raise ConfigurationError(f"{file}: this leads above all folders: name the file by its whole path")
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.touch(mode=0o600)
    copy.write_bytes(file.read_bytes())


def _under(root: Path, path: Path) -> Path:
    return root / path.relative_to(path.anchor)
