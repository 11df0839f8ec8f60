"""How a delivery proves where it comes from: each platform's own way, compared in constant time. Pure."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from schemas.wire import Refusal

Scheme = Literal["controlshift", "typeform", "timestamped", "url", "url-or-basic", "authorization", "bearer"]
WINDOW_SECONDS: Final = 300
"""How far a signed timestamp may be from our clock: a copy of the delivery is of no use after that."""
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_BAD: Final = Refusal("bad_signature", None, "expected a signature or secret of this source")


class Proof(NamedTuple):
    """What a delivery came with; header names are in lower case, `url_key` is the parameter `key` of its address."""

    body: bytes
    headers: Mapping[str, str]
    url_key: str | None


def refused_proof(scheme: Scheme, proof: Proof, secrets: Sequence[str], now_seconds: float) -> Refusal | None:
    """Return None where one of the secrets (several while one is being changed) proves it, else why it is refused."""
    if scheme == "timestamped" and (refusal := _refused_timestamp(proof.headers, now_seconds)):
        return refusal
    # Every secret is tried, so that the time taken says nothing about which one was nearly right.
    proven = [_CHECKS[scheme](proof, secret) for secret in secrets]
    return None if any(proven) else _BAD


def sign(secret: str, signed: bytes) -> bytes:
    """Return HMAC-SHA256 of these bytes."""
    return hmac.digest(secret.encode(), signed, hashlib.sha256)


def _refused_timestamp(headers: Mapping[str, str], now_seconds: float) -> Refusal | None:
    said = headers.get("x-tally-timestamp", "")
    if not _SECONDS.fullmatch(said):
        return Refusal("bad_signature", "X-Tally-Timestamp", "expected seconds since 1970")
    if abs(now_seconds - int(said)) > WINDOW_SECONDS:
        return Refusal("expired_signature", "X-Tally-Timestamp", f"expected at most {WINDOW_SECONDS} s from our clock")
    return None


def _is_same(said: str | None, expected: str) -> bool:
    return hmac.compare_digest((said or "").encode("utf-8", "surrogateescape"), expected.encode())


def _controlshift(proof: Proof, secret: str) -> bool:
    expected = "sha256:" + sign(secret, proof.body).hex()
    return _is_same(proof.headers.get("x-controlshift-webhook-signature"), expected)


def _typeform(proof: Proof, secret: str) -> bool:
    expected = "sha256=" + base64.b64encode(sign(secret, proof.body)).decode()
    return _is_same(proof.headers.get("typeform-signature"), expected)


def _timestamped(proof: Proof, secret: str) -> bool:
    signed = proof.headers.get("x-tally-timestamp", "").encode() + b"." + proof.body
    return _is_same(proof.headers.get("x-tally-signature"), "sha256=" + sign(secret, signed).hex())


def _url(proof: Proof, secret: str) -> bool:
    return _is_same(proof.url_key, secret)


def _authorization(proof: Proof, secret: str) -> bool:
    """Compare the header as a whole, or the password of Basic with whatever user name."""
    said = proof.headers.get("authorization")
    scheme, _, credentials = (said or "").partition(" ")
    password = ""
    if scheme.lower() == "basic":
        try:
            password = base64.b64decode(credentials, validate=True).decode().partition(":")[2]
        except ValueError:
            password = ""
    return _is_same(said, secret) | _is_same(password, secret)


def _url_or_basic(proof: Proof, secret: str) -> bool:
    return _url(proof, secret) | _authorization(proof, secret)


def _bearer(proof: Proof, secret: str) -> bool:
    return _is_same(proof.headers.get("authorization"), f"Bearer {secret}")


_CHECKS: Final[dict[Scheme, Callable[[Proof, str], bool]]] = {
    "controlshift": _controlshift,
    "typeform": _typeform,
    "timestamped": _timestamped,
    "url": _url,
    "url-or-basic": _url_or_basic,
    "authorization": _authorization,
    "bearer": _bearer,
}
