"""Deliveries as the platforms prove them."""

import base64
import time

from producers.channels.known import CHANNELS
from producers.channels.signatures import sign

SECRET = "a secret of the tests, long enough"  # noqa: S105 (of the tests)


def proven(channel: str, body: bytes, secret: str = SECRET) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers and the address's parameters with which a platform proves a delivery."""
    now = str(int(time.time()))
    signed = sign(secret, now.encode() + b"." + body).hex()
    return {
        "controlshift": ({"X-ControlShift-Webhook-Signature": f"sha256:{sign(secret, body).hex()}"}, {}),
        "typeform": ({"Typeform-Signature": f"sha256={base64.b64encode(sign(secret, body)).decode()}"}, {}),
        "timestamped": ({"X-Tally-Timestamp": now, "X-Tally-Signature": f"sha256={signed}"}, {}),
        "url": ({}, {"key": secret}),
        "url-or-basic": ({"Authorization": "Basic " + base64.b64encode(f"any:{secret}".encode()).decode()}, {}),
        "authorization": ({"Authorization": secret}, {}),
        "bearer": ({"Authorization": f"Bearer {secret}"}, {}),
    }[CHANNELS[channel].scheme]
