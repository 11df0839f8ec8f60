"""How a worker ends that can't do its work."""

import os
from typing import Final, NoReturn

from schemas.operations import log_of

EXIT_STATUS: Final = 70
"""EX_SOFTWARE of sysexits.h."""


def stop_at_once(where: str, error: BaseException) -> NoReturn:
    """Log the fault and leave: counting survives a hard exit at any point, Faust's unwinding acks, hangs or limps."""
    log_of("streams").critical("worker stops", where=where, exc_info=error)
    os._exit(EXIT_STATUS)
