"""What people write for `tally up`, campaigns, sources and keys: read whole, and again once it has changed."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import SecretStr, ValidationError

from deploy import folder
from deploy.taken import take
from producers.pseudonyms import KeyMissingError, PseudonymKeys, keys_of
from producers.sources import Configured, load_sources
from schemas.catalogue import Catalogue, CatalogueError, load_catalogue
from schemas.complaints import complaint_of
from schemas.configuration import ConfigurationError
from schemas.environment import Environment

_SETTLED_SECONDS: Final = 1.0
"""An editor, or a copy of many files, may take several writes."""
_FOLDERS: Final = ("campaigns", "sources", "secrets/pseudonym_keys")
_NOTHING: Final = (0, 0)


class Written(NamedTuple):
    """All that a collector reads when it starts, checked as it does."""

    catalogue: Catalogue
    sources: dict[str, Configured]
    keys: PseudonymKeys

    @property
    def polls(self) -> bool:
        """Whether there is a public counter to poll."""
        return any(configured.source.poll for configured in self.sources.values())


def read_written(data: Path, environment: Environment) -> Written:
    """Return what is written in DIR by now; raises ConfigurationError."""
    try:
        has_sources = any((data / "sources").glob("*.toml"))
        catalogue = load_catalogue(environment.campaigns)
        sources = load_sources(data / "sources" if has_sources else None, catalogue, os.environ)
        return Written(catalogue, sources, keys_of(_with_keys(data), catalogue))
    except (CatalogueError, KeyMissingError) as error:
        raise ConfigurationError(str(error)) from None
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror}: make it one that can be read") from None


def read_and_take(data: Path, environment: Environment) -> Written:
    """Return what is written in DIR by now, with a copy of it for all that starts; raises ConfigurationError."""
    written = read_written(data, environment)
    try:
        take(data, (configured.source for configured in written.sources.values()))
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror}: DIR/taken must hold a copy") from None
    return written


def _with_keys(data: Path) -> Environment:
    """Return settings with the keys in DIR/secrets, checked as a collector's are, which would end on wrong ones."""
    named = {name: SecretStr(key) for name, key in folder.secrets_by_name(data, "pseudonym_keys").items()}
    own = SecretStr(folder.secret(data, "pseudonym_key"))
    try:
        return Environment(pseudonym_key=own, pseudonym_keys=named)  # type: ignore[call-arg]  # the rest has defaults
    except ValidationError as error:
        said = error.errors(include_url=False, include_input=False)
        lines = (f"{data.joinpath('secrets', *map(str, one['loc']))}: {complaint_of(one)}" for one in said)
        raise ConfigurationError("\n".join(lines)) from None


def read_anew(data: Path, environment: Environment, say: Callable[[str], None]) -> Written | None:
    """Return what is written in DIR by now, with a copy; where there is a mistake it is said, and nothing changes."""
    try:
        return read_and_take(data, environment)
    except ConfigurationError as error:
        say(f"{error}; until this is mended, all goes on, and starts again, with what was read before")
        return None


class Changes:
    """Notices that files of DIR were changed, once nobody writes on them any more."""

    def __init__(self, data: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._data = data
        self._now = now
        self._known = self._seen = self._files()
        self._seen_at = now()

    def are_there(self) -> bool:
        """Return whether there are some since this was last so."""
        files = self._files()
        if files != self._seen:
            self._seen, self._seen_at = files, self._now()
        if self._seen == self._known or self._now() - self._seen_at < _SETTLED_SECONDS:
            return False
        self._known = self._seen
        return True

    def _files(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for name in _FOLDERS:
            try:
                with os.scandir(self._data / name) as entries:
                    found |= {one.path: _stamp(one) for one in entries}
            except OSError:  # not there, or not to be read: `read_written` says which
                found[name] = _NOTHING
        return found


def _stamp(entry: os.DirEntry[str]) -> tuple[int, int]:
    try:
        status = entry.stat()
    except OSError:  # an editor's, gone this very moment; or a link that leads nowhere
        return _NOTHING
    return status.st_mtime_ns, status.st_size
