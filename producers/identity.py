"""Who and what: ids of reports that a repeated delivery repeats, and pseudonyms instead of addresses."""

import hmac
from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("7e0c3a51-5d0e-5b7c-9a50-0d6d1a1f2f4b")
"""Never changes: with another one, every redelivery would count again."""


def report_id_of(channel: str, source: str, submission: str, line: int) -> str:
    """Return the id of a submission's line (from 0); the same delivery always has the same ids."""
    return str(uuid5(NAMESPACE, "\n".join((channel, source, submission, str(line)))))


def pseudonym_of(address: str, key: bytes) -> str:
    """Return the keyed pseudonym of an e-mail address as a UUID of version 8 (RFC 9562).

    HMAC-SHA256 of the canonical address: without white space around it, in lower case, the domain by IDNA.
    Raises ValueError, without the address in it, where this is no address.
    """
    name, _, domain = address.strip().lower().rpartition("@")
    if not name or "." not in domain:
        raise ValueError("expected an e-mail address")
    try:
        canonical = f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise ValueError("expected an e-mail address with a valid domain") from None
    digest = bytearray(hmac.digest(key, canonical.encode(), "sha256")[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(digest)))
