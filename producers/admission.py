"""The collector's rules: a submission and the catalogue -> reports to publish, or why not; the clock is an argument."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from producers.channels.reports.read import Submission
from producers.known_events import KnowsEvent
from producers.known_words import known_words
from producers.pseudonyms import PseudonymKeys
from producers.typed_text import without_personal
from producers.written import CLOCKS_DIFFER_BY, expected_of
from schemas.catalogue import Campaign, Catalogue
from schemas.countries import COUNTRIES
from schemas.identity import report_id_of
from schemas.report import MOST_LETTERS, SLUG, LetterReport
from schemas.wire import Refusal

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS_BEGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""A clock that says less was never set."""


def admit(
    submission: Submission,
    catalogue: Catalogue,
    *,
    channel: str,
    source: str,
    submission_id: str,
    keys: PseudonymKeys,
    knows_event: KnowsEvent,
    now: datetime,
    is_correction: bool = False,
    participant: str | None = None,
) -> list[LetterReport] | Refusal:
    """Return one report for each line with letters, or the first rule that the submission breaks.

    A correction has one for each line, since it must also say which lines it takes back: those with 0 letters.
    What says no address is by `participant`, who is known from before.
    Raises EventsUnreadError where nobody can tell yet whether the campaign has the event.
    """
    campaign = catalogue.campaigns.get(submission.campaign)
    if campaign is None:
        known = ", ".join(sorted(catalogue.campaigns))
        return Refusal("unknown_campaign", "campaign", f"expected one of {known}")
    if refusal := _broken_rule(submission, campaign, knows_event, now, is_correction=is_correction):
        return refusal
    try:
        participant = keys.pseudonym(submission.email, campaign) if submission.email else participant
    except ValueError as error:
        return Refusal("bad_value", "email", str(error))
    revision = _milliseconds(submission.modified_at or now) if is_correction else 0
    common = _Common(campaign, channel, source, submission_id, participant, revision, now)
    return [
        _report(submission, number, common)
        for number, line in enumerate(submission.lines)
        if line.letters or is_correction
    ]


class _Common(NamedTuple):
    """What the reports of all lines of a submission have in common, beside what it says itself."""

    campaign: Campaign
    channel: str
    source: str
    submission_id: str
    participant: str | None
    revision: int
    now: datetime


def _report(submission: Submission, number: int, common: _Common) -> LetterReport:
    line = submission.lines[number]
    written = common.campaign.at(submission.written_at) if submission.written_at else None
    return {
        "report_id": report_id_of(common.channel, common.source, common.submission_id, number),
        "revision": common.revision,
        "withdrawn": not line.letters,
        "participant": common.participant,
        "campaign": common.campaign.campaign,
        "case": line.case,
        "event": submission.event or None,
        "country": submission.country,
        "channel": common.channel,
        "source": common.source,
        "kind": submission.kind,
        "letters": line.letters,
        "written_at": int(written.timestamp() * 1000) if written else None,
        "received_at": int(common.now.timestamp() * 1000),
    }


def without_personal_data(
    submission: Submission, catalogue: Catalogue, keys: PseudonymKeys, knows_event: KnowsEvent
) -> dict[str, object]:
    """Return what may be kept of a refused submission: well-formed codes, numbers, and the pseudonym.

    People type names and addresses into any field, so a text that does not look like a code is left out.
    """
    try:
        campaign = catalogue.campaigns.get(submission.campaign)
        participant = keys.pseudonym(submission.email, campaign) if submission.email else None
    except ValueError:
        participant = None
    written, modified = submission.written_at, submission.modified_at
    known = known_words(catalogue, knows_event, submission.campaign, submission.event)
    return {
        "campaign": _slug(submission.campaign, known),
        "event": _slug(submission.event, known),
        "country": submission.country if _COUNTRY.fullmatch(submission.country) else None,
        "kind": submission.kind,
        "written_at": written.isoformat() if written else None,
        "modified_at": modified.isoformat() if modified else None,
        "participant": participant,
        "lines": [{"case": _slug(line.case, known), "letters": line.letters} for line in submission.lines],
    }


def _slug(said: str | None, known: frozenset[str]) -> str | None:
    return said if said and SLUG.fullmatch(said) and without_personal(said, known) == said else None


def _broken_rule(
    submission: Submission, campaign: Campaign, knows_event: KnowsEvent, now: datetime, *, is_correction: bool
) -> Refusal | None:
    return (
        _refused_time(submission, campaign, now)
        or _refused_place(submission, campaign, knows_event)
        or _refused_lines(submission, campaign, is_correction=is_correction)
        or _refused_revision(submission, now, is_correction=is_correction)
    )


def _refused_time(submission: Submission, campaign: Campaign, now: datetime) -> Refusal | None:
    if now < campaign.at(campaign.opens):
        return Refusal("campaign_not_open", "campaign", f"opens {campaign.at(campaign.opens).isoformat()}")
    if now > campaign.at(campaign.late_until):
        return Refusal("campaign_over", "campaign", f"ended {campaign.at(campaign.late_until).isoformat()}")
    expected = expected_of(submission.written_at, campaign, now)
    return Refusal("bad_value", "written_at", expected) if expected else None


def _refused_place(submission: Submission, campaign: Campaign, knows_event: KnowsEvent) -> Refusal | None:
    if submission.country not in COUNTRIES:
        return Refusal(
            "bad_value", "country", "expected two capital letters of ISO 3166-1, such as FR, or ZZ if unknown"
        )
    if submission.event and not knows_event(campaign.campaign, submission.event):
        return Refusal("unknown_event", "event", "expected an event of the campaign, or none")
    return None


def _refused_lines(submission: Submission, campaign: Campaign, *, is_correction: bool) -> Refusal | None:
    if len(submission.lines) > campaign.limits.lines:
        return Refusal("too_large", "lines", f"expected at most {campaign.limits.lines} lines")
    cases = {case.case for case in campaign.cases}
    for number, line in enumerate(submission.lines):
        if line.case not in cases:
            return Refusal("unknown_case", f"lines.{number}.case", f"expected one of {', '.join(sorted(cases))}")
        if not 0 <= line.letters <= MOST_LETTERS:  # above the campaign's limit, a person looks at it first
            return Refusal("count_out_of_range", f"lines.{number}.letters", f"expected 0 to {MOST_LETTERS}")
    if not is_correction and not any(line.letters for line in submission.lines):
        return Refusal("nothing_to_count", "lines", "expected at least one letter")
    return None


def _refused_revision(submission: Submission, now: datetime, *, is_correction: bool) -> Refusal | None:
    """Refuse a moment without an offset: it can come twice when clocks are set back, and a date lasts all day."""
    modified = submission.modified_at
    if modified is None:
        return None
    if not is_correction:
        return Refusal("bad_value", "modified_at", "expected with a correction (PUT) only, which a first report is not")
    if modified.tzinfo is None:
        return Refusal("bad_value", "modified_at", "expected a moment with its offset, such as 2026-12-10T18:30:00Z")
    if not _CLOCKS_BEGIN <= modified <= now + CLOCKS_DIFFER_BY:
        return Refusal("bad_value", "modified_at", "expected a moment from 2000 on that is not in the future")
    return None


def _milliseconds(moment: datetime) -> int:
    """Return epoch milliseconds, exactly: two moments a millisecond apart must stay two revisions."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
