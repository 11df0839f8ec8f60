import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_LEASH: Final = (sys.executable, "-P", "-m", "deploy.embedded.leash")
_LETTING_GO_SECONDS: Final = 5


class Leashed:
    """A command, and what that starts, that never outlives the process that started it, whatever ends that one."""

    def __init__(self, argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        with log.open("ab") as lines:
            self._leash = subprocess.Popen(  # noqa: S603 (our own commands)
                [*_LEASH, *argv],
                env=None if environment is None else dict(environment),
                stdin=subprocess.PIPE,
                stdout=lines,
                stderr=lines,
                start_new_session=True,  # a terminal's Ctrl-C is for the owner, who stops them in order
            )

    def poll(self) -> int | None:
        """Return the exit status, 128 and more for a signal, or None while it runs."""
        status = self._leash.poll()
        if status is not None:
            self._let_go()
        return status

    def terminate(self) -> None:
        """Ask it to end."""
        self._leash.terminate()

    def kill(self) -> None:
        """End it and all that it has started, and return once that has happened."""
        self._let_go()
        try:
            self._leash.wait(_LETTING_GO_SECONDS)
        except subprocess.TimeoutExpired:  # the leash itself was stopped: on Linux its command ends with it
            self._leash.kill()
            self._leash.wait()

    def wait(self, seconds: float) -> int:
        """Return the exit status; raises subprocess.TimeoutExpired."""
        status = self._leash.wait(seconds)
        self._let_go()
        return status

    def _let_go(self) -> None:
        if self._leash.stdin is not None:
            self._leash.stdin.close()
