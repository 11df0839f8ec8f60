"""Processes that are started in order, watched, restarted with back-off, and stopped without leaving any behind."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_START_SECONDS: Final = 60
_LONGEST_BACK_OFF_SECONDS: Final = 5.0
_WELL_AFTER_SECONDS: Final = 30
_DEATH_SIGNAL: Final = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


class StartError(Exception):
    """A process did not start; the message holds the end of its log."""


@dataclass(frozen=True)
class Child:
    """A process to run: its command, what it is told, and how to see that it is ready."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]
    grace_seconds: float = 10


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    started_at: float = field(default_factory=time.monotonic)
    failures: int = 0
    restart_at: float | None = None


class Processes:
    """What runs at the moment, by name."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._say = say
        self._running: dict[str, _Running] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, child: Child) -> None:
        """Start it and return once it is ready; raises StartError."""
        running = _Running(child, self._spawn(child))
        self._running[child.name] = running
        deadline = time.monotonic() + _START_SECONDS
        while not child.is_ready():
            if running.process.poll() is not None or time.monotonic() > deadline:
                raise StartError(f"{child.name} did not start: {self._last_lines(child.name)}")
            time.sleep(0.05)
        self._say(f"{child.name} is ready")

    def ended(self) -> list[str]:
        """Return the names of the processes that have ended and wait for their restart."""
        return [name for name, running in self._running.items() if running.process.poll() is not None]

    def restart_due(self) -> None:
        """Start again what has ended, after a pause that doubles with each failure up to five seconds."""
        now = time.monotonic()
        for name in self.ended():
            running = self._running[name]
            if running.restart_at is None:
                running.failures = 0 if now - running.started_at > _WELL_AFTER_SECONDS else running.failures + 1
                pause = min(0.2 * 2**running.failures, _LONGEST_BACK_OFF_SECONDS)
                running.restart_at = now + pause
                self._say(f"{name} ended with status {running.process.returncode}; starting it again in {pause:.1f} s")
            elif now >= running.restart_at:
                again = _Running(running.child, self._spawn(running.child), failures=running.failures)
                self._running[name] = again

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
                running.process.wait()
                self._say(f"{name} did not stop in time and was killed")

    def _spawn(self, child: Child) -> subprocess.Popen[bytes]:
        with self._log_of(child.name).open("ab") as log:
            return subprocess.Popen(  # noqa: S603 (our own commands)
                child.argv,
                env=dict(child.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a terminal's Ctrl-C is for the supervisor, which stops them in order
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 (one prctl call only)
            )

    def _log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _last_lines(self, name: str) -> str:
        lines = self._log_of(name).read_text("utf-8", "replace").splitlines()
        return " / ".join(lines[-5:]) or "it said nothing"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
