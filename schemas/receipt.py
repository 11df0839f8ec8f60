"""A receipt: what was reported, in a link that only its owner has and nobody can forge; it holds no address."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Final

from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.report import MOST_LETTERS, Country, EpochMilliseconds, Kind, Slug, Uuid

MOST_CHARACTERS: Final = 6000
"""Of a link; servers and mail programs in between cut what is much longer. Some 200 lines fit."""
_SALT: Final = "letter-tally receipt 1"


class ReceiptLine(BaseModel):
    """A line of a submission, at its place; 0 letters where nothing is reported on the case."""

    model_config = ConfigDict(frozen=True)

    case: Slug
    letters: Annotated[int, Field(ge=0, le=MOST_LETTERS)]


class Receipt(BaseModel):
    """What one submission says as of a moment; later corrections have receipts of their own."""

    model_config = ConfigDict(frozen=True)

    channel: Slug
    source: Slug
    submission: Annotated[str, Field(min_length=1, max_length=255)]
    revision: Annotated[int, Field(ge=0, le=2**63 - 1)]
    as_of: EpochMilliseconds
    participant: Uuid | None
    campaign: Slug
    event: Slug | None
    country: Country
    kind: Kind
    written_at: EpochMilliseconds | None
    lines: Annotated[tuple[ReceiptLine, ...], Field(min_length=1)]

    @property
    def letters(self) -> int:
        """Return how many letters all lines say."""
        return sum(line.letters for line in self.lines)


class Receipts:
    """Signs receipts, and reads those that were signed with any of the keys, of which the last one is the newest."""

    def __init__(self, keys: Sequence[str]) -> None:
        settings = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._serializer = URLSafeSerializer(list(keys), salt=_SALT, signer_kwargs=settings)

    def sign(self, receipt: Receipt) -> str | None:
        """Return the token of a receipt, or None where it has too many lines for a link."""
        said = (
            *(receipt.channel, receipt.source, receipt.submission, receipt.revision, receipt.as_of),
            *(receipt.participant, receipt.campaign, receipt.event, receipt.country, receipt.kind, receipt.written_at),
            [(line.case, line.letters) for line in receipt.lines],
        )
        token = str(self._serializer.dumps(said))
        return token if len(token) <= MOST_CHARACTERS else None

    def read(self, token: str) -> Receipt | None:
        """Return the receipt of a token, or None where nobody with a key has signed it."""
        if len(token) > MOST_CHARACTERS:
            return None
        try:
            *plain, lines = self._serializer.loads(token)[: len(_PLAIN) + 1]  # the first links said one thing more
            named = dict(zip(_PLAIN, plain, strict=True))
            pairs = [ReceiptLine(case=case, letters=letters) for case, letters in lines]
            return Receipt.model_validate({**named, "lines": pairs})
        except (BadData, ValidationError, ValueError, TypeError):
            return None


_PLAIN: Final = tuple(name for name in Receipt.model_fields if name != "lines")
