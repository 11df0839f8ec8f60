"""What becomes of a channel's draft: a report to count, one to hold, or why it is refused; the clock is an argument."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from producers.channels.reading import Draft
from producers.channels.source import most_letters_of
from producers.countries import EXPECTED, country_meant
from producers.identity import pseudonym_of, pseudonym_of_contact
from producers.known_events import KnowsEvent
from producers.known_words import known_words
from producers.pseudonyms import PseudonymKeys
from producers.sources import Configured
from producers.typed_text import name_without_personal, without_personal
from producers.written import CLOCKS_DIFFER_BY, expected_of
from schemas.catalogue import Campaign, Catalogue
from schemas.held import Need
from schemas.identity import report_id_of
from schemas.report import MOST_LETTERS, UNKNOWN_COUNTRY, LetterReport
from schemas.wire import Refusal

_CLOCKS_DIFFER_BY_MS: Final = CLOCKS_DIFFER_BY // timedelta(milliseconds=1)
_TYPED: Final = ("campaign", "event", "country")
_IDS: Final = ("submission", "line")
_MADE_OF_IT: Final = "[made of what is left out]"


class Admitted(NamedTuple):
    """A report, and what must be given before it counts; nothing, and it counts now."""

    report: LetterReport
    needs: tuple[Need, ...]
    left_out: tuple[str, ...]
    """Fields that say what can't be, so that it counts without them."""


class Rules(NamedTuple):
    """What every draft is held against, and the keys that pseudonyms are made with."""

    catalogue: Catalogue
    keys: PseudonymKeys
    knows_event: KnowsEvent

    def key(self, draft: Draft, configured: Configured) -> bytes:
        """Return the key of the draft's campaign."""
        return self.keys.of(self.catalogue.campaigns.get(draft.campaign or configured.source.campaign))


def admit_draft(draft: Draft, configured: Configured, rules: Rules, now_ms: int) -> Admitted | Refusal:
    """Return the report of a draft, or the first rule that it breaks.

    A platform can't mend what its users typed, so what can be counted honestly is: a country that nobody knows
    counts as unknown, an impossible moment is left out, an address that is none belongs to no participant. Who can
    mend it hears of the first two. Raises EventsUnreadError as `admit` does.
    """
    source = configured.source
    campaigns = rules.catalogue.campaigns
    campaign = campaigns.get(draft.campaign or source.campaign)
    if campaign is None:
        return Refusal("unknown_campaign", "campaign", f"expected one of {', '.join(sorted(campaigns))}")
    case = source.cases.get(draft.case, draft.case)
    event = draft.event or source.event
    refusal = _refused_time(draft, campaign, now_ms) or _refused_case(case, campaign)
    if not refusal and event and not rules.knows_event(campaign.campaign, event):
        refusal = Refusal("unknown_event", "event", "expected an event of the campaign, or none")
    country = _country(draft.country, source.country)
    expected = expected_of(draft.written_at, campaign, datetime.fromtimestamp(now_ms / 1000, UTC))
    written_at = campaign.at(draft.written_at) if draft.written_at and not expected else None
    refusal = refusal or _refused_count(draft)
    if configured.channel.can_mend and not draft.withdrawn:
        refusal = refusal or _refused_place_or_time(country, expected)
    if refusal:
        return refusal
    participant = draft.participant or _participant(draft, configured, rules.keys.of(campaign))
    report = _report(draft, configured, _Meant(campaign.campaign, case, country, written_at, participant), now_ms)
    unclear = (("country", country is None), ("written_at", expected is not None))
    left_out = tuple(name for name, is_unclear in unclear if is_unclear and not draft.withdrawn)
    return Admitted(report, _needs(draft, configured, campaign), left_out)


class _Meant(NamedTuple):
    """What the draft's words turned out to mean."""

    campaign: str
    case: str
    country: str | None
    written_at: datetime | None
    participant: str | None


def _report(draft: Draft, configured: Configured, meant: _Meant, now_ms: int) -> LetterReport:
    source = configured.source
    return {
        "report_id": report_id_of(source.channel, source.source, draft.submission, draft.line),
        "revision": draft.revision,
        "withdrawn": draft.withdrawn,
        "participant": meant.participant,
        "campaign": meant.campaign,
        "case": meant.case,
        "event": draft.event or source.event,
        "country": meant.country or UNKNOWN_COUNTRY,
        "channel": source.channel,
        "source": source.source,
        "kind": draft.kind or source.kind or configured.channel.kind,
        "letters": max(0, draft.letters) if draft.withdrawn else draft.letters,
        "written_at": int(meant.written_at.timestamp() * 1000) if meant.written_at else None,
        "received_at": now_ms,
    }


class KeptDraft(NamedTuple):
    """A draft as it may be kept, and which of its texts had to be left out or cut."""

    draft: Draft
    left_out: list[str]


def without_personal_texts(draft: Draft, configured: Configured, rules: Rules) -> KeptDraft:
    """Return the draft with the pseudonym in place of what it was made of, and its texts as they may be kept."""
    participant = draft.participant or _participant(draft, configured, rules.key(draft, configured))
    campaign = draft.campaign or configured.source.campaign
    known = known_words(rules.catalogue, rules.knows_event, campaign, draft.event) | configured.source.cases.keys()
    of_id = without_personal if configured.channel.chooses_ids else name_without_personal
    of_case = name_without_personal if configured.channel.names_pages else without_personal
    kept = {name: without_personal(said, known) for name in _TYPED if (said := getattr(draft, name)) is not None}
    kept |= {"case": draft.case if draft.case in known else of_case(draft.case)} | {
        name: of_id(getattr(draft, name)) for name in _IDS
    }
    left_out = [name for name, text in kept.items() if text != getattr(draft, name)]
    gone = [_plain(getattr(draft, name)) for name in ("case", "event") if name in left_out]
    for name in _IDS:  # some are made of what was typed
        if name not in left_out and any(said in _plain(getattr(draft, name)) for said in gone):
            kept[name] = _MADE_OF_IT
            left_out.append(name)
    return KeptDraft(
        draft.model_copy(update=kept | {"participant": participant, "email": None, "contact": None}), left_out
    )


def _plain(said: str) -> str:
    """Return the letters and digits alone, whatever an id has made of them."""
    return "".join(one for one in unicodedata.normalize("NFKD", said).casefold() if one.isalnum())


def _needs(draft: Draft, configured: Configured, campaign: Campaign) -> tuple[Need, ...]:
    needs: list[Need] = []
    if not draft.withdrawn and draft.letters > most_letters_of(configured.source, campaign):
        needs.append("review")
    if draft.needs_confirmation:
        needs.append("confirmation")
    return tuple(needs)


def _participant(draft: Draft, configured: Configured, key: bytes) -> str | None:
    if draft.email:
        try:
            return pseudonym_of(draft.email, key)
        except ValueError:
            return None
    if draft.contact:
        return pseudonym_of_contact(configured.source.source, draft.contact, key)
    return None


def _country(said: str | None, default: str) -> str | None:
    return default if said is None or not said.strip() else country_meant(said)


def _refused_place_or_time(country: str | None, expected_moment: str | None) -> Refusal | None:
    if country is None:
        return Refusal("bad_value", "country", EXPECTED)
    return Refusal("bad_value", "written_at", expected_moment) if expected_moment else None


def _refused_time(draft: Draft, campaign: Campaign, now_ms: int) -> Refusal | None:
    opens, ends = campaign.at(campaign.opens), campaign.at(campaign.late_until)
    if now_ms < opens.timestamp() * 1000:
        return Refusal("campaign_not_open", "campaign", f"opens {opens.isoformat()}")
    if now_ms > ends.timestamp() * 1000:
        return Refusal("campaign_over", "campaign", f"ended {ends.isoformat()}")
    if draft.revision > now_ms + _CLOCKS_DIFFER_BY_MS:
        return Refusal("bad_value", "revision", "expected a moment of change that is not in the future")
    return None


def _refused_case(case: str, campaign: Campaign) -> Refusal | None:
    cases = sorted(known.case for known in campaign.cases)
    if case not in cases:
        return Refusal("unknown_case", "case", f"expected one of {', '.join(cases)}, or a name in the source's cases")
    return None


def _refused_count(draft: Draft) -> Refusal | None:
    if draft.withdrawn:
        return None
    if not 0 <= draft.letters <= MOST_LETTERS:
        return Refusal("count_out_of_range", "letters", f"expected 0 to {MOST_LETTERS}")
    if draft.letters == 0 and draft.revision == 0:
        return Refusal("nothing_to_count", "letters", "expected at least one letter")
    return None
