"""The keys that turn addresses into pseudonyms: each campaign's own, or the one for campaigns that name none."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from producers.identity import pseudonym_of
from schemas.catalogue import Campaign, Catalogue
from schemas.environment import Environment


class KeyMissingError(Exception):
    """A campaign's pseudonyms can't be made; the message says what to set."""


@dataclass(frozen=True)
class PseudonymKeys:
    """A key stays a campaign's own for as long as it runs: with another one, everybody in it would be a new person."""

    unnamed: bytes = field(repr=False)
    named: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def of(self, campaign: Campaign | None) -> bytes:
        """Return the campaign's key; for a campaign that nobody knows, the one of those that name none."""
        return (
            self.unnamed if campaign is None or campaign.pseudonym_key is None else self.named[campaign.pseudonym_key]
        )

    def pseudonym(self, address: str, campaign: Campaign | None) -> str:
        """Return the pseudonym of an address in a campaign; raises ValueError where this is no address."""
        return pseudonym_of(address, self.of(campaign))


NO_KEYS: Final = PseudonymKeys(b"", defaultdict(bytes))
"""For what names no participants, or names them by their pseudonyms already."""
_LENGTH: Final = "at least 32 random characters, the same for all collectors"


def keys_of(environment: Environment, catalogue: Catalogue) -> PseudonymKeys:
    """Return the keys of the settings; raises KeyMissingError where a campaign's is not among them."""
    if environment.pseudonym_key is None:
        raise KeyMissingError(f"TALLY_PSEUDONYM_KEY is needed: {_LENGTH}")
    named = {name: key.get_secret_value().encode() for name, key in environment.pseudonym_keys.items()}
    for campaign in catalogue.campaigns.values():
        if campaign.pseudonym_key is not None and campaign.pseudonym_key not in named:
            known = ", ".join(sorted(named)) or "none is"
            raise KeyMissingError(
                f"campaign {campaign.campaign!r} names the pseudonym key {campaign.pseudonym_key!r}, which is not in "
                f"TALLY_PSEUDONYM_KEYS (there: {known}): add it, {_LENGTH}"
            )
    return PseudonymKeys(environment.pseudonym_key.get_secret_value().encode(), named)
