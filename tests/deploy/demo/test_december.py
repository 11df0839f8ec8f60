"""What the demo plays and expects, held against the collector's own rules and the fold."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from urllib.parse import urlencode
from uuid import UUID

import orjson
import pytest

from deploy.demo.december import december
from deploy.demo.expected import HELD, Sent, Totals, standing
from deploy.demo.posts import Post
from deploy.demo.senders import form_of
from producers.admission import admit
from producers.channels.reports.read import read_body
from producers.known_events import KnownEvents
from producers.pseudonyms import PseudonymKeys
from producers.review import parted
from schemas.catalogue import load_catalogue
from schemas.report import LetterReport
from schemas.wire import Refusal
from streams.fold import fold

CATALOGUE = load_catalogue(Path(__file__).parents[3] / "deploy" / "demo" / "campaign.toml")
CAMPAIGN = CATALOGUE.campaigns["w4r-2026"]
NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)


def admitted(post: Post) -> list[LetterReport] | Refusal:
    """Return what the collector makes of a post."""
    content_type = "application/x-www-form-urlencoded" if post.is_form else "application/json"
    body = urlencode(form_of(post.body), doseq=True).encode() if post.is_form else orjson.dumps(post.body)
    read = read_body(content_type, body)
    if isinstance(read, Refusal):
        return read
    whose = {"channel": "reports", "source": "reports", "submission_id": post.key}
    rules = {"keys": PseudonymKeys(b"k" * 32), "knows_event": KnownEvents(CATALOGUE, is_read=True).is_known}
    return admit(read, CATALOGUE, **whose, **rules, now=NOW, is_correction=post.edition > 0)


def taken(posts: list[Post]) -> tuple[Sent, Totals]:
    """Return what the sender expects of these posts, and what the fold makes of what was admitted."""
    sent, reports = Sent(), []
    for post in posts:
        answer = admitted(post)
        if isinstance(answer, Refusal):
            sent.take(post, 422, answer.reason)
        else:
            parts = parted(answer, CATALOGUE)
            sent.take(post, 202, HELD if parts.waiting else "")
            reports += parts.counted
    change = fold([(UUID(report["report_id"]).bytes, report) for report in reports], [None] * len(reports))
    return sent, standing({(scope, member): pair for (_, scope, member), pair in change.totals.items()})


@pytest.mark.parametrize("order", [list, lambda posts: posts[::-1]], ids=["as sent", "backwards"])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_expected_is_what_is_counted(seed: int, order: Callable[[list[Post]], list[Post]]) -> None:
    """In any order of arrival, what the sender expects is what the fold counts; only the bad is refused or held."""
    posts = [post for step in islice(december(CAMPAIGN, Random(seed), 1, NOW), 2000) for post in step.posts]
    sent, counted = taken(order(posts))
    assert standing(sent.expected) == counted
    assert sent.surprises == {}
    assert len(sent.refused) == 5
    assert sent.held > 0


def test_a_december_has_all_that_sources_do() -> None:
    """There are double clicks, retries, lost answers, corrections, withdrawals, late reports and forms."""
    steps = list(islice(december(CAMPAIGN, Random(1), 1, NOW), 4000))
    posts = [post for step in steps for post in step.posts]
    originals = {post.key: post for post in posts if not post.edition}
    late = sum(post.body["written_at"] is not None for post in originals.values()) / len(originals)
    assert 0.10 < late < 0.16
    assert any(len(step.posts) > 1 for step in steps)
    assert any(post.loses_answer for post in posts)
    assert any(post.is_form for post in posts)
    assert {post.edition for post in posts} >= {0, 1, 2}
    assert any(not any(line["letters"] for line in post.body["lines"]) for post in posts if post.edition)
    assert any(
        post.body["lines"][0]["case"] != originals[post.key].body["lines"][0]["case"]
        for post in posts
        if post.edition and not post.refused_for
    )
    assert [step.at for step in steps] == sorted(step.at for step in steps)


def test_an_unexpected_answer_is_a_surprise() -> None:
    """A good post that is refused or held, and a bad one that is accepted or refused otherwise, are named."""
    good = Post("key", {"campaign": "w4r-2026", "country": "FR", "event": None, "kind": "letter", "lines": []})
    sent = Sent()
    sent.take(good, 422, "bad_value")
    sent.take(good._replace(refused_for="unknown_case"), 202, "")
    sent.take(good._replace(refused_for="unknown_case"), 422, "bad_value")
    sent.take(good._replace(refused_for="unknown_case"), 422, "unknown_case")
    sent.take(good, 202, HELD)
    sent.take(good._replace(waits=True), 202, "")
    sent.take(good._replace(waits=True), 202, HELD)
    assert sent.surprises.total() == 5
