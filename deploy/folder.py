"""What `tally up` keeps in its folder besides data: the lock, secrets, campaigns, addresses."""

import fcntl
import json
import secrets
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from schemas.configuration import read_text


def lock(data: Path) -> Any:  # noqa: ANN401 (an open file, held for its lock)
    """Make this process the only one on the folder; raises SystemExit where another one is."""
    held = (data / "lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        sys.exit(f"{data} is in use by another `tally up`: stop that one first, or choose another folder")
    return held


def secret(data: Path, name: str) -> str:
    """Return a secret of this folder, made the first time; raises ConfigurationError where it can't be read."""
    file = data / "secrets" / name
    file.parent.mkdir(mode=0o700, exist_ok=True)
    if not file.exists():
        write_private(file, secrets.token_hex(32))
    return read_text(file)


def secrets_by_name(data: Path, name: str) -> dict[str, str]:
    """Return the secrets of a folder in DIR/secrets, by the names of their files; raises ConfigurationError."""
    return {file.name: read_text(file).strip() for file in sorted((data / "secrets" / name).glob("[a-z0-9]*"))}


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    beside = file.with_name(f".{file.name}")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_text(text)
    beside.replace(file)


def campaigns(data: Path) -> Path:
    """Return the folder of campaigns, with the example in it where there is none yet."""
    folder = data / "campaigns"
    folder.mkdir(exist_ok=True)
    if not any(folder.glob("*.toml")):
        (folder / "campaign.toml").write_text(files("deploy.demo").joinpath("campaign.toml").read_text("utf-8"))
    return folder


def announce(data: Path, addresses: Mapping[str, str]) -> None:
    """Write DIR/addresses.json: whoever finds it can use what it names."""
    write_private(data / "addresses.json", json.dumps(addresses, indent=2) + "\n")


def retract(data: Path) -> None:
    """Take DIR/addresses.json away: nothing answers at these addresses."""
    (data / "addresses.json").unlink(missing_ok=True)
