"""A proof of work for each form, so that whoever sends thousands pays for each: ALTCHA, second version."""

import json
from datetime import UTC, datetime, timedelta
from typing import Final

from altcha import Payload, create_challenge, verify_solution

_ALGORITHM: Final = "PBKDF2/SHA-256"
_PREFIX: Final = "00"
"""Of the key in hex: found after 256 trials on average."""
_VALID: Final = timedelta(hours=24)
"""Somebody may leave a form open for a day."""


class Proofs:
    """Asks browsers for a proof, one for each submission; without a key nobody is asked, and everybody is believed.

    `rounds` is what a trial costs, in rounds of PBKDF2; to prove takes 256 trials on average, to look at it one.
    """

    def __init__(self, key: str | None, rounds: int) -> None:
        self._key = key
        self._rounds = rounds

    def challenge(self, submission: str) -> str | None:
        """Return what a browser has to work on, as JSON; None where nothing is asked."""
        if self._key is None:
            return None
        made = create_challenge(
            _ALGORITHM,
            self._rounds,
            key_prefix=_PREFIX,
            expires_at=datetime.now(UTC) + _VALID,
            data={"submission": submission},
            hmac_secret=self._key,
        )
        return json.dumps(made.to_dict())

    def is_proven(self, submission: str, proof: str) -> bool:
        """Return whether the work was done for this very submission: a proof is good for no other one."""
        if self._key is None:
            return True
        if not proof.isascii() or not verify_solution(proof, self._key).verified:
            return False
        return Payload.from_base64(proof).challenge.parameters.data == {"submission": submission}
