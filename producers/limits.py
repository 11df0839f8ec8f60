"""How often an address, or a source, may send: buckets that refill evenly, in memory that is bounded. Pure."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import Final

_MOST_KEYS: Final = 100_000
_WINDOW_SECONDS: Final = 60.0
_NETWORK_BITS: Final = 64
"""Who has one address of IPv6 has all of a network of this size."""


class Bucket:
    """Lets each key pass so many times a minute, all of them at once if need be; 0 lets everything pass.

    For each key one moment is kept until it has passed: when its bucket will be full again. Of more keys than can be
    kept, the one that was quiet longest is forgotten, so a flood of addresses makes the limit lenient, never the
    memory large.
    """

    def __init__(self, per_minute: int, most_keys: int = _MOST_KEYS) -> None:
        self._each_seconds = _WINDOW_SECONDS / per_minute if per_minute else 0.0
        self._most_keys = most_keys
        self._full_at: OrderedDict[str | int, float] = OrderedDict()

    def take(self, key: str | int, now: float) -> float:
        """Return 0 and take one, or return how many seconds to wait for the next."""
        if not self._each_seconds:
            return 0.0
        full_at = max(self._full_at.get(key, now), now)
        if (too_soon := full_at - now - (_WINDOW_SECONDS - self._each_seconds)) > 0:
            return too_soon
        self._full_at[key] = full_at + self._each_seconds
        self._full_at.move_to_end(key)
        self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop two keys at most that are full again, so that what one adds is always made up for."""
        for _ in range(2):
            quiet = next(iter(self._full_at))
            if self._full_at[quiet] > now and len(self._full_at) <= self._most_keys:
                return
            del self._full_at[quiet]

    def __len__(self) -> int:
        return len(self._full_at)


def limited_as(host: str | None) -> str | int | None:
    """Return what an address is limited under, or None where it is not.

    An address that nobody on the internet has is that of a proxy nobody named, behind which is everybody, or of the
    organisers' own network.
    """
    if host is None:
        return None
    try:
        address = ip_address(host)
    except ValueError:  # a socket of this machine, or what a trusted proxy calls a client that it does not know
        return None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if not address.is_global:
        return None
    return int(address) >> _NETWORK_BITS if isinstance(address, IPv6Address) else str(address)
