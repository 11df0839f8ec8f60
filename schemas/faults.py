"""Exceptions as a log may tell them: what it was and where, never the data that an exception's text may quote."""

import traceback
from collections.abc import Iterator
from typing import Final

from kafka.errors import KafkaError
from structlog.typing import ExcInfo

_OURS: Final = frozenset({"schemas", "producers", "streams", "sinks", "deploy"})
_PLAIN: Final = (OSError, RuntimeError, KafkaError)
"""Kinds whose text names files, addresses and states. Others (of validation, conversion, SQL) quote what they read."""


def tell_fault(exc_info: ExcInfo) -> str:
    """Return the traceback of an exception and of what caused it, with the texts left out that may quote data."""
    return "\n".join(_told(exc_info[1]))


def failure_of(error: Exception) -> str:
    """Return what ClickHouse or its client complains of, by code and name: its text quotes queries, and so rows."""
    code, name = getattr(error, "code", None), getattr(error, "name", None)
    return f"code {code} {name or ''}".strip() if code else type(error).__name__


def _told(error: BaseException) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _told(earlier)
        yield "which led to:"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield f"{type(error).__module__}.{type(error).__qualname__}{_text_of(error)}"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _told(one)


def _text_of(error: BaseException) -> str:
    # RocksDB's errors are bare Exceptions that name a file.
    is_plain = isinstance(error, _PLAIN) or type(error) is Exception
    return f": {error}" if is_plain or type(error).__module__.partition(".")[0] in _OURS else ""
