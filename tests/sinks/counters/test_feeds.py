"""Milestones as feeds have what their specifications ask for, whatever was crossed."""

from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import Campaign, load_catalogue
from schemas.crossing import Crossing, crossing_id, state_of
from sinks.counters.feeds import atom_of, json_feed_of

ATOM = "{http://www.w3.org/2005/Atom}"
EXAMPLE = Path(__file__).parents[3] / "deploy" / "demo" / "campaign.toml"
CAMPAIGN = load_catalogue(EXAMPLE).campaigns["w4r-2026"]


def crossing_of(scope: Any, member: str, milestone: int, ordinal: int = 1, letters: int = 0) -> Crossing:  # noqa: ANN401 (a scope)
    return {
        "crossing_id": crossing_id(("w4r-2026", scope, member, milestone), ordinal),
        "campaign": "w4r-2026",
        "scope": scope,
        "member": member,
        "milestone": milestone,
        "is_goal": milestone == 5_000_000,
        "state": state_of(ordinal),
        "ordinal": ordinal,
        "letters": letters,
        "as_of": 1_796_860_800_000 + ordinal,
        "epoch": 1,
        "versions": [1],
    }


crossings = st.lists(
    st.builds(
        crossing_of,
        st.sampled_from(["world", "case", "country"]),
        st.sampled_from(["all", "amara", "PE", "ZZ", "gone & <forgotten>"]),
        st.sampled_from([1000, 5_000_000]),
        st.integers(1, 9),
        st.integers(-5, 9_000_000),
    ),
    max_size=5,
    unique_by=lambda one: one["crossing_id"],
)
campaigns = st.builds(lambda title: CAMPAIGN.model_copy(update={"title": title}), st.text(min_size=1))


@given(campaigns, crossings)
def test_an_atom_feed_has_what_the_specification_asks_for(campaign: Campaign, newest: list[Crossing]) -> None:
    """Feed and entries have one id, title and moment each; the feed has an author and its own address."""
    feed = fromstring(atom_of(campaign, newest))  # noqa: S314 (our own)
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    links = feed.findall(f"{ATOM}link")
    assert [link.get("rel") for link in links] == ["self"]
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == len(newest)
    ids = set()
    for told in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert len(told.findall(f"{ATOM}{name}")) == 1
        ids.add(told.findtext(f"{ATOM}id"))
        assert datetime.fromisoformat(told.findtext(f"{ATOM}updated") or "").tzinfo
    assert len(ids) == len(newest) + 1
    assert all((one or "").startswith("urn:uuid:") for one in ids)
    for entry in entries:
        content = entry.find(f"{ATOM}content")
        assert content is not None
        assert (content.get("type"), bool(content.text)) == ("text", True)  # without it a link would be needed


@given(campaigns, crossings)
def test_a_json_feed_has_what_the_specification_asks_for(campaign: Campaign, newest: list[Crossing]) -> None:
    """The feed has its version and a title, each item an id that is a string, a text and a moment."""
    feed = orjson.loads(json_feed_of(campaign, newest))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert len({item["id"] for item in feed["items"]}) == len(newest)
    for item, crossing in zip(feed["items"], newest, strict=True):
        assert isinstance(item["id"], str)
        assert item["content_text"]
        assert datetime.fromisoformat(item["date_published"]).timestamp() * 1000 == crossing["as_of"]
        assert item["_letter_tally"]["letters"] == crossing["letters"]


@pytest.mark.parametrize(
    ("crossing", "title"),
    [
        (crossing_of("world", "all", 5_000_000), "Write for Rights 2026: 5,000,000 letters, the goal, reached"),
        (crossing_of("case", "amara", 1000), "Amara Okello: 1,000 letters, reached"),
        (crossing_of("country", "PE", 1000, 2), "Peru: 1,000 letters, no longer reached after corrections"),
        (crossing_of("case", "gone", 1000), "gone: 1,000 letters, reached"),
    ],
)
def test_a_title_says_what_happened(crossing: Crossing, title: str) -> None:
    """A title names the place as people know it, the number, and whether it was reached or taken back."""
    assert orjson.loads(json_feed_of(CAMPAIGN, [crossing]))["items"][0]["title"] == title
