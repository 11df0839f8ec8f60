"""Receipts of what was reported, and the submissions that correct it; the clock is an argument."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from producers.channels.reports.read import Line, Submission
from schemas.catalogue import Catalogue
from schemas.receipt import Receipt, ReceiptLine
from schemas.report import LetterReport

_MILLISECOND: Final = timedelta(milliseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def receipt_of(
    submission: Submission, reports: Sequence[LetterReport], submission_id: str, catalogue: Catalogue
) -> Receipt:
    """Return the receipt of a submission that was admitted as these reports.

    Each case has its line from here on, so that corrections made with older and newer links mean the same places.
    """
    first = reports[0]
    said = [(line.case, line.letters) for line in submission.lines]
    campaign = catalogue.campaigns[first["campaign"]]
    room = max(0, campaign.limits.lines - len(said))
    unsaid = [case.case for case in campaign.cases if case.case not in {case for case, _ in said}]
    said += [(case, 0) for case in unsaid[:room]]
    return Receipt(
        channel=first["channel"],
        source=first["source"],
        submission=submission_id,
        revision=first["revision"],
        as_of=first["received_at"],
        participant=first["participant"],
        campaign=first["campaign"],
        event=first["event"],
        country=first["country"],
        kind=first["kind"],
        written_at=first["written_at"],
        lines=tuple(ReceiptLine(case=case, letters=letters) for case, letters in said),
    )


def corrected(receipt: Receipt, changed: Submission, now: datetime) -> Submission:
    """Return the correction that puts what is said now, line by line, in the place of what the receipt says.

    Its moment is the later of the clock and one more than the revision that is corrected, so that two collectors'
    clocks can't lose a correction. The line of a case that is not said has no letters any more.
    """
    counts: dict[str, list[int]] = {}
    for line in changed.lines:
        counts.setdefault(line.case, []).append(line.letters)
    places = [receipt_line.case for receipt_line in receipt.lines]
    lines = [Line(case=case, letters=counts[case].pop(0) if counts.get(case) else 0) for case in places]
    lines += [Line(case=case, letters=letters) for case, rest in counts.items() for letters in rest]
    return changed.model_copy(update={"lines": lines, "modified_at": moment_after(moment_of(receipt.revision), now)})


def withdrawn(receipt: Receipt, now: datetime) -> Submission:
    """Return the correction that takes everything back."""
    return Submission(
        campaign=receipt.campaign,
        country=receipt.country,
        event=receipt.event,
        kind=receipt.kind,
        written_at=moment_of(receipt.written_at) if receipt.written_at is not None else None,
        modified_at=moment_after(moment_of(receipt.revision), now),
        lines=[Line(case=line.case, letters=0) for line in receipt.lines],
    )


def moment_of(milliseconds: int) -> datetime:
    """Return the moment, exactly."""
    return _EPOCH + milliseconds * _MILLISECOND


def moment_after(corrected_at: datetime | None, now: datetime) -> datetime:
    """Return the moment of a correction: now, and later than that of what it corrects, if that is a correction too."""
    return now if corrected_at is None else max(now, corrected_at + _MILLISECOND)
