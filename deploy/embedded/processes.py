"""Processes that are started in order, watched, restarted with back-off, and stopped without leaving any behind."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, NamedTuple

from deploy.embedded.leashed import Leashed

_LONGEST_BACK_OFF_SECONDS: Final = 5.0
_WELL_AFTER_SECONDS: Final = 30
_ASK_EVERY_SECONDS: Final = 1.0
_LAST_BYTES: Final = 8 << 10
"""Of a log that may have grown for weeks."""

State = Literal["starting", "ready", "silent", "ended"]


class StartError(Exception):
    """A process did not start; the message holds the end of its log."""


@dataclass(frozen=True)
class Child:
    """A process to run: its command, what it is told, and how to see that it is ready and, later, still alive.

    Without `is_live` it must stay ready to be taken for alive.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]
    is_live: Callable[[], bool] | None = None
    address: str = ""
    grace_seconds: float = 10


@dataclass(frozen=True)
class Patience:
    """How long a process may take to become ready, and how long it may give no answer after that."""

    start_seconds: float = 60
    silence_seconds: float = 20


class Report(NamedTuple):
    """How a process is."""

    name: str
    state: State
    seconds: float
    restarts: int
    address: str


@dataclass
class _Running:
    child: Child
    process: Leashed
    log_starts_at: int
    """Where in its log this run begins: what earlier ones have said is about another fault."""
    failures: int = 0
    restarts: int = 0
    was_ready: bool = False
    changed_at: float = field(default_factory=time.monotonic)
    restart_at: float | None = None
    asked_at: float = 0
    question: Future[bool] | None = None
    silent_since: float | None = None

    @property
    def state(self) -> State:
        if self.process.poll() is not None:
            return "ended"
        if not self.was_ready:
            return "starting"
        return "ready" if self.silent_since is None else "silent"


class Processes:
    """What runs at the moment, by name."""

    def __init__(self, logs: Path, say: Callable[[str], None], patience: Patience | None = None) -> None:
        self._logs = logs
        self._say = say
        self._patience = patience or Patience()
        self._running: dict[str, _Running] = {}
        self._asking = ThreadPoolExecutor(8, "asking")  # one that hangs must not keep the others unwatched

    def start(self, *children: Child) -> None:
        """Start them at the same time and return once all are ready; raises StartError."""
        for child in children:
            self._running[child.name] = self._spawn(child)
        deadline = time.monotonic() + self._patience.start_seconds
        waiting = [self._running[child.name] for child in children]
        while waiting:
            for running in waiting:
                if running.child.is_ready():
                    running.was_ready, running.changed_at = True, time.monotonic()
                    self._say(f"{running.child.name} is ready")
                elif running.process.poll() is not None or time.monotonic() > deadline:
                    raise StartError(f"{running.child.name} did not start: {self._last_lines(running)}")
            waiting = [running for running in waiting if not running.was_ready]
            time.sleep(0.05)

    def start_anew(self, child: Child) -> None:
        """Stop the one of this name and run this in its place; `watch` says once it is ready."""
        self.stop([child.name])
        self._running[child.name] = self._spawn(child)

    def has(self, name: str) -> bool:
        """Return whether it was started and not stopped since."""
        return name in self._running

    def watch(self) -> None:
        """Ask each how it is, without waiting for the answer; end what does not start or has not answered for long."""
        for name, running in self._running.items():
            if running.process.poll() is not None:
                continue
            self._ask(running)
            patience = self._patience.silence_seconds if running.was_ready else self._patience.start_seconds
            if running.silent_since is not None and time.monotonic() - running.silent_since > patience:
                fault = "does not answer" if running.was_ready else "has not become ready"
                self._say(f"{name} {fault} for {patience:.0f} s and is killed")
                running.process.kill()

    def ended(self) -> list[str]:
        """Return the names of the processes that have ended and wait for their restart."""
        return [name for name, running in self._running.items() if running.process.poll() is not None]

    def ending(self, name: str) -> str:
        """Return in words that one of these has ended; with its last words, unless all was well."""
        status = self._running[name].process.poll()
        return f"{name} ended with status {status}" + (f": {self._last_lines(self._running[name])}" if status else "")

    def restart_due(self) -> None:
        """Start again what has ended, after a pause that doubles with each failure up to five seconds."""
        now = time.monotonic()
        for name in self.ended():
            running = self._running[name]
            if running.restart_at is None:
                running.failures = 0 if now - running.changed_at > _WELL_AFTER_SECONDS else running.failures + 1
                pause = min(0.2 * 2**running.failures, _LONGEST_BACK_OFF_SECONDS)
                running.restart_at, running.changed_at = now + pause, now
                self._say(f"{self.ending(name)}; starting it again in {pause:.1f} s")
            elif now >= running.restart_at:
                again = replace(self._spawn(running.child), failures=running.failures, restarts=running.restarts + 1)
                self._running[name] = again

    def report(self) -> list[Report]:
        """Return how each process is, in the order of their start."""
        now = time.monotonic()
        return [
            Report(name, running.state, now - running.changed_at, running.restarts, running.child.address)
            for name, running in self._running.items()
        ]

    def stop(self, names: Sequence[str]) -> None:
        """Stop these in this order: SIGTERM, and SIGKILL for one that does not end in its time."""
        for name in names:
            running = self._running.pop(name, None)
            if running is None:
                continue
            running.process.terminate()
            try:
                running.process.wait(running.child.grace_seconds)
                self._say(f"{name} has stopped")
            except subprocess.TimeoutExpired:
                running.process.kill()
                self._say(f"{name} did not stop in time and was killed")

    def _ask(self, running: _Running) -> None:
        now = time.monotonic()
        if running.question is None:
            if now - running.asked_at >= _ASK_EVERY_SECONDS:
                running.asked_at = now
                question = running.child.is_live if running.was_ready else None
                running.question = self._asking.submit(question or running.child.is_ready)
        elif running.question.done():
            is_well, running.question = running.question.result(), None
            # Silence begins with the first question that got no answer: the time before, nobody asked.
            running.silent_since = None if is_well else running.silent_since or now
            if is_well and not running.was_ready:
                running.was_ready, running.changed_at = True, now
                self._say(f"{running.child.name} is ready again")

    def _spawn(self, child: Child) -> _Running:
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._log_of(child.name)
        starts_at = log.stat().st_size if log.exists() else 0
        return _Running(child, Leashed(child.argv, log, child.environment), starts_at)

    def _log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _last_lines(self, running: _Running) -> str:
        try:
            with self._log_of(running.child.name).open("rb") as log:
                log.seek(max(running.log_starts_at, log.seek(0, os.SEEK_END) - _LAST_BYTES))
                lines = log.read(_LAST_BYTES).decode("utf-8", "replace").splitlines()
        except OSError:  # moved or deleted while it ran
            return "its log is gone"
        return " / ".join(lines[-5:]) or "it said nothing"
