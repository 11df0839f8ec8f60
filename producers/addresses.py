"""One person, one spelling: the canonical form of an e-mail address, by the rules of its domain."""

import re
import unicodedata
from typing import Final

import idna

_ADDRESS: Final = re.compile(r"[^\s]+@[^\s@]+\.[^\s@]+")
_PLAIN_DOMAIN: Final = re.compile(r"(?!.*xn--)[a-z0-9]+(?:[.-][a-z0-9]+)*")
"""In ASCII and without anything that IDNA would change: not worth asking."""
_LONGEST_LABEL: Final = 63
_SAME_AS: Final = {"googlemail.com": "gmail.com"}
_WITHOUT_DOTS: Final = frozenset({"gmail.com"})
_WITH_TAGS: Final = frozenset(
    {
        *("gmail.com", "outlook.com", "hotmail.com", "live.com"),
        *("fastmail.com", "fastmail.fm", "proton.me", "protonmail.com", "pm.me"),
        *("icloud.com", "me.com", "mac.com"),
    }
)
"""Here everything from a plus sign on is the owner's remark; elsewhere it may be another person's address."""


def canonical_address(address: str) -> str:
    """Return the address as it is counted: lower case, its domain by IDNA 2008, less what its domain ignores.

    Canonical again it stays the same. Raises ValueError, without the address in it, where this is no address.
    """
    name, _, domain = address.strip().rpartition("@")
    name, domain = _lower(name), _domain(domain)
    if domain in _WITH_TAGS:
        name = name.partition("+")[0]
    if domain in _WITHOUT_DOTS:
        name = name.replace(".", "")
    canonical = f"{name}@{domain}"
    if not _ADDRESS.fullmatch(canonical) or not _is_text(canonical):
        raise ValueError("expected an e-mail address")
    return canonical


def _lower(name: str) -> str:
    return unicodedata.normalize("NFC", name.lower())


def _domain(said: str) -> str:
    domain = said.lower().removesuffix(".")
    if len(domain) > _LONGEST_LABEL or not _PLAIN_DOMAIN.fullmatch(domain):
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii").removesuffix(".")
        except UnicodeError:
            raise ValueError("expected an e-mail address with a valid domain") from None
    return _SAME_AS.get(domain, domain)


def _is_text(said: str) -> bool:
    """Return whether it can be written down: half a surrogate pair can't."""
    try:
        said.encode()
    except UnicodeError:
        return False
    return True
