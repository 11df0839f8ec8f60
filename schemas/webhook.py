"""A webhook's signature, as the Standard Webhooks specification has it. Pure; time is a parameter."""

import hmac
from base64 import b64decode, b64encode
from typing import Final

_PREFIX: Final = "whsec_"
_SHORTEST: Final = 24
_LONGEST: Final = 64


def key_of(secret: str) -> bytes | None:
    """Return the key that a secret stands for, or None where it is not base64 of 24 to 64 bytes."""
    try:
        key = b64decode(secret.strip().removeprefix(_PREFIX), validate=True)
    except ValueError:
        return None
    return key if _SHORTEST <= len(key) <= _LONGEST else None


def signed_headers(key: bytes, message_id: str, now_seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers that let a receiver prove id, time and body."""
    signed = b"%b.%d.%b" % (message_id.encode(), now_seconds, body)
    signature = b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now_seconds),
        "webhook-signature": f"v1,{signature}",
    }
