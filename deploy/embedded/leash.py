"""Runs a command that ends with its owner: `python -m deploy.embedded.leash COMMAND ARGUMENT...`.

The owner holds the other end of standard input. When it lets go, by closing it or by dying in whatever way, the command
and what that has started are killed. It needs no help of the kernel, and no code between fork and exec of its owner.
"""

import ctypes
import os
import select
import signal
import sys
from contextlib import suppress
from typing import Final, NoReturn

_OWNER: Final = 0
_PASSED_ON: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_SIGNALLED: Final = 128
"""What a shell adds to the number of the signal that ended a command."""
_DEATH_SIGNAL: Final = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def main() -> None:
    """Run the command, hand signals on to it, and leave with its exit status."""
    news, bell = os.pipe()
    os.set_blocking(bell, False)
    signal.set_wakeup_fd(bell)
    for number in (*_PASSED_ON, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)  # the bell has rung: that is all
    owner = os.getpid()
    command = os.fork()
    if command == 0:
        _become(sys.argv[1:], owner)
    with suppress(PermissionError, ProcessLookupError):  # it was quicker, and is a group already
        os.setpgid(command, command)
    status = _hold(command, news)
    _kill_all(command)  # what it has left behind
    os._exit(status if status >= 0 else _SIGNALLED - status)


def _become(argv: list[str], owner: int) -> NoReturn:
    os.setpgid(0, 0)
    if sys.platform == "linux":  # elsewhere nothing ends the command when its leash alone is killed
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != owner:
            os._exit(_SIGNALLED + signal.SIGKILL)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and what is ignored is inherited
        signal.signal(number, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), _OWNER)
    try:
        os.execvp(argv[0], argv)  # noqa: S606 (the command of the owner)
    except OSError as error:
        os.write(2, f"{argv[0]} can't be run: {error.strerror}\n".encode())
        os._exit(127)


def _hold(command: int, news: int) -> int:
    watched = [_OWNER, news]
    while True:
        readable, _, _ = select.select(watched, [], [])
        if _OWNER in readable and not os.read(_OWNER, 1024):
            watched.remove(_OWNER)
            _kill_all(command)
        if news in readable:
            for number in _PASSED_ON.intersection(os.read(news, 1024)):
                os.kill(command, number)
        ended, status = os.waitpid(command, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)


def _kill_all(command: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody is left of the group
        os.killpg(command, signal.SIGKILL)


if __name__ == "__main__":
    main()
