"""Who and what: ids of submissions that a repeated delivery repeats, and pseudonyms instead of addresses."""

import hashlib
import hmac
import re
from typing import Final
from uuid import UUID, uuid4, uuid5

from producers.addresses import canonical_address
from schemas.identity import NAMESPACE

_KEY: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")


def submission_id_of(idempotency_key: str | None) -> str:
    """Return the sender's Idempotency-Key, or a new id where there is none; raises ValueError on a key of no use.

    A key is 1 to 255 printable ASCII characters. It should be random: two senders with the same one are taken for
    one sender who repeats, and whoever knows a key may correct what was reported with it.
    """
    if idempotency_key is None or not idempotency_key.strip():
        return str(uuid4())
    key = idempotency_key.strip()
    if not _KEY.fullmatch(key):
        raise ValueError("expected 1 to 255 printable ASCII characters, such as a random UUID")
    return key


def delivery_id_of(channel: str, submission: str) -> str:
    """Return the id under which what is refused of a submission is kept."""
    return str(uuid5(NAMESPACE, f"{channel}\n{submission}"))


def held_id_of(channel: str, source: str, submission: str) -> str:
    """Return the id under which a submission waits, and under which its verdicts come."""
    return str(uuid5(NAMESPACE, f"held\n{channel}\n{source}\n{submission}"))


def refused_id_of(channel: str, source: str, submission: str | bytes, line: int | str) -> str:
    """Return the id of what was refused: of the submission where it could be read, else of the whole body."""
    of = submission if isinstance(submission, str) else hashlib.blake2b(submission, digest_size=16).hexdigest()
    return str(uuid5(NAMESPACE, "\n".join(("refused", channel, source, of, str(line)))))


def pseudonym_of(address: str, key: bytes) -> str:
    """Return the keyed pseudonym of an e-mail address as a UUID of version 8 (RFC 9562).

    HMAC-SHA256 of the canonical address. Raises ValueError, without the address in it, where this is no address.
    """
    return _pseudonym(canonical_address(address).encode(), key)


def pseudonym_of_contact(source: str, contact: str, key: bytes) -> str:
    """Return the keyed pseudonym of a person whom a source knows by a reference of its own."""
    return _pseudonym(f"{source}\n{contact}".encode("utf-8", "replace"), key)


def _pseudonym(known_by: bytes, key: bytes) -> str:
    digest = bytearray(hmac.digest(key, known_by, "sha256")[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(digest)))
