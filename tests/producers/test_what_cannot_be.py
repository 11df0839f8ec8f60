"""Countries that nobody knows and days that can't be: refused where it can be mended, else counted without."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from producers.channels.known import CHANNELS
from producers.channels.reading import Draft
from producers.channels.source import Source
from producers.drafts import Rules
from producers.known_events import KnownEvents
from producers.pseudonyms import NO_KEYS
from producers.sorting import Sorted, sort
from producers.sources import Configured
from schemas.catalogue import load_catalogue

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "deploy" / "demo" / "campaign.toml")
RULES = Rules(CATALOGUE, NO_KEYS, KnownEvents(CATALOGUE, is_read=True).is_known)
NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)
MENDED = {"generic", "sheet"}
IMPOSSIBLE = [
    NOW + timedelta(days=1, seconds=1),
    datetime(2027, 6, 1),  # noqa: DTZ001 (the campaign's time zone comes later)
    datetime(1990, 1, 1, tzinfo=UTC),
    datetime.min,  # noqa: DTZ901 (as DTZ001)
    datetime.max,  # noqa: DTZ901 (as DTZ001)
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
]


def sorted_of(channel: str, **said: object) -> Sorted:
    source = Source(source="a-source", channel=channel, campaign="w4r-2026", country="PL")
    draft = Draft.model_validate({"submission": "s-1", "letters": 1, "case": "amara"} | said)
    now_ms = int(NOW.timestamp() * 1000)
    return sort([draft], b"", Configured(source, CHANNELS[channel], ()), RULES, now_ms)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_country_is_counted_in_whatever_language_it_is_said(channel: str) -> None:
    """A name in any language counts for its country, and nothing said for the source's own."""
    for said, code in (("Polska", "PL"), ("Deutschland", "DE"), ("UK", "GB"), ("ZZ", "ZZ"), (None, "PL"), (" ", "PL")):
        done = sorted_of(channel, country=said)
        assert [report["country"] for report in done.letters] == [code]
        assert not done.left_out


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("said", ["Atlantis", "XX", "Kongo"])
def test_a_country_that_nobody_knows_is_refused_or_counted_as_unknown(channel: str, said: str) -> None:
    """Who can mend it hears of the field; what a platform's users typed counts as unknown, and how many is told."""
    done = sorted_of(channel, country=said)
    if channel in MENDED:
        assert [(one["reason"], one["field"]) for one in done.rejections] == [("bad_value", "country")]
        assert not done.letters
    else:
        assert [report["country"] for report in done.letters] == ["ZZ"]
        assert done.left_out == {"country": 1}


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("moment", IMPOSSIBLE)
def test_a_moment_that_cannot_be_is_refused_or_left_out(channel: str, moment: datetime) -> None:
    """Who can mend it hears of the field; what a platform's users typed counts without it, and how many is told."""
    done = sorted_of(channel, written_at=moment)
    if channel in MENDED:
        assert [(one["reason"], one["field"]) for one in done.rejections] == [("bad_value", "written_at")]
        assert not done.letters
    else:
        assert [report["written_at"] for report in done.letters] == [None]
        assert done.left_out == {"written_at": 1}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_moment_of_the_campaign_is_kept(channel: str) -> None:
    """From a year before the campaign opens to a day ahead of our clock, what is said is kept."""
    for moment in (datetime(2025, 11, 1, tzinfo=UTC), NOW, NOW + timedelta(days=1)):
        (report,) = sorted_of(channel, written_at=moment).letters
        assert report["written_at"] == int(moment.timestamp() * 1000)


@pytest.mark.parametrize("channel", sorted(MENDED))
def test_what_is_taken_back_is_taken_back_whatever_else_is_said(channel: str) -> None:
    """A withdrawal counts nothing, so neither its country nor its moment keeps it from being one."""
    done = sorted_of(channel, country="Atlantis", written_at=datetime(1990, 1, 1, tzinfo=UTC), withdrawn=True)
    assert [report["withdrawn"] for report in done.letters] == [True]
    assert not done.left_out
