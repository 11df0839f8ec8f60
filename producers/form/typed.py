"""What a person typed into the form: kept as it was typed, and read as a submission, or as what has to be mended."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from producers.addresses import canonical_address
from producers.channels.reports.read import Submission
from producers.receipts import moment_of
from schemas.catalogue import Campaign
from schemas.receipt import Receipt
from schemas.wire import Refusal, refusal_of

TRAP: Final = "website"
"""A field that people do not see; who fills it in is a program."""
TRAPPED: Final = Refusal("honeypot", TRAP, "expected a field that people do not see to be empty")
_MOST_FIELDS: Final = 1100
_MOST_DIGITS: Final = 10
_PLAIN: Final = ("submission", "country", "event", "kind", "written_at", "email", "proof", TRAP)


@dataclass(frozen=True)
class Typed:
    """The fields of the form as text, the counts in the order in which the form asked for them."""

    counts: Sequence[tuple[str, str]] = ()
    submission: str = ""
    """The id that was made when the form was served: sent twice, it is one submission."""
    country: str = ""
    event: str = ""
    kind: str = "letter"
    written_at: str = ""
    email: str = field(default="", repr=False)
    website: str = ""
    proof: str = field(default="", repr=False)
    """That a browser has worked for it, where that is asked for."""

    def asks_for(self, campaign: Campaign) -> list[tuple[str, str]]:
        """Return each case with what was typed beside it: the form's own ones, then those that are new since."""
        return [*self.counts, *((case.case, "") for case in campaign.cases if case.case not in dict(self.counts))]


def typed_of(body: bytes) -> tuple[Typed, dict[str, str]] | Refusal:
    """Return what a browser sent, and every other field, such as a button's; never raises."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        return Refusal("unreadable", None, f"expected a form in UTF-8 with at most {_MOST_FIELDS} fields")
    counts = [(name[8:-1], value) for name, value in pairs if name.startswith("letters[") and name.endswith("]")]
    others = {name: value.strip() for name, value in pairs if not name.startswith("letters[")}
    plain = {name: others.pop(name) for name in _PLAIN if name in others}
    return Typed(counts, **plain), others


def typed_before(receipt: Receipt, campaign: Campaign) -> Typed:
    """Return the form as it was filled in when this receipt was made; the address is known by its pseudonym alone."""
    counts = [(line.case, str(line.letters) if line.letters else "") for line in receipt.lines]
    day = day_of(receipt.written_at, campaign)
    return Typed(counts, receipt.submission, receipt.country, receipt.event or "", receipt.kind, day)


def submission_of(typed: Typed, campaign: Campaign, *, is_correction: bool = False) -> Submission | list[Refusal]:
    """Return the submission, or everything that can be seen without the rules to need mending."""
    refusals, lines = [], []
    for number, (case, count) in enumerate(typed.counts):
        letters = _number(count)
        if letters is None:
            refusals.append(Refusal("bad_value", f"lines.{number}.letters", "expected a whole number"))
        lines.append({"case": case, "letters": letters or 0})
    if not refusals and not is_correction and not any(line["letters"] for line in lines):
        refusals.append(Refusal("nothing_to_count", "lines", "expected at least one letter"))
    if not typed.country:
        refusals.append(Refusal("missing_field", "country", "expected a country"))
    if typed.email and not _is_address(typed.email):
        refusals.append(Refusal("bad_value", "email", "expected an e-mail address"))
    said = {
        "campaign": campaign.campaign,
        "country": typed.country,
        "event": typed.event or None,
        "kind": typed.kind,
        "written_at": typed.written_at or None,
        "email": typed.email or None,
        "lines": lines,
    }
    try:
        submission = Submission.model_validate(said)
    except ValidationError as error:
        return [*refusals, refusal_of(error)]
    return refusals or submission


def day_of(written_at: int | None, campaign: Campaign) -> str:
    """Return the day that a moment was, or is, where the campaign is; empty for none."""
    if written_at is None:
        return ""
    return moment_of(written_at).astimezone(ZoneInfo(campaign.time_zone)).date().isoformat()


def _is_address(typed: str) -> bool:
    try:
        return bool(canonical_address(typed))
    except ValueError:
        return False


def _number(typed: str) -> int | None:
    """Return the whole number in digits of any script, 0 for an empty field, None for anything else."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", typed) if not one.isspace())
    if not plain:
        return 0
    return int(plain) if plain.isdecimal() and len(plain) <= _MOST_DIGITS else None
