"""The registered events on the collector's own disk, for a start while Kafka is away."""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import Final

from pydantic import ValidationError

from producers.known_events import KnownEvents
from schemas.event import RegisteredEvent, decode_event
from schemas.operations import log_of
from schemas.wire import encode

_FILE: Final = "events.jsonl"
_PAUSE_PER_SECOND: Final = 20
"""A write that took a second is followed by so many without one: the more events, the less often they are written."""
_log: Final = log_of("producers")


class EventSnapshot:
    """A file beside the outbox, a line for each event, written whole or not at all.

    It is bound to no log: what it says counts until the log is read, and the first thing that is written after that is
    what the log has. So however old it is, or whatever log it was written of, it never outlives a look at this one.
    """

    def __init__(self, folder: Path, known: KnownEvents) -> None:
        self._file = folder / _FILE
        self._known = known
        self._kept_revision: int | None = None
        self._not_before = 0.0
        self._lock = Lock()

    def recall(self, accepted: Iterable[bytes]) -> None:
        """Tell what is in the file, and what this collector had accepted and not yet passed on for good."""
        for event in _read_each(accepted):
            self._known.put(event)  # the log will have it
        try:
            self._known.remember(_read_each(self._file.read_bytes().splitlines()))
        except FileNotFoundError:
            return  # the first start on this disk
        except OSError as error:
            _log.warning("event_snapshot_not_read", error=str(error))

    def keep(self, *, is_last: bool = False) -> None:
        """Write what is known, once all is read, if it changed since; soon after another write only for the last time.

        A disk that fails is told of and tried again: without the file, more has to wait for Kafka at the next start.
        """
        with self._lock:
            revision, began = self._known.revision, time.monotonic()
            if not self._known.is_read or revision == self._kept_revision:
                return
            if began < self._not_before and not is_last:
                return
            try:
                self._write()
                self._kept_revision = revision
            except OSError as error:
                _log.warning("event_snapshot_not_written", error=str(error))
            took = time.monotonic() - began
            self._not_before = time.monotonic() + max(1.0, _PAUSE_PER_SECOND * took)

    def _write(self) -> None:
        new = self._file.with_suffix(".new")
        with new.open("wb") as file:
            file.writelines(encode(event) + b"\n" for event in self._known.all_registered())
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)


def _read_each(values: Iterable[bytes]) -> Iterator[RegisteredEvent]:
    for value in values:
        try:
            yield decode_event(value)
        except ValidationError:
            _log.warning("event_of_this_disk_refused")
