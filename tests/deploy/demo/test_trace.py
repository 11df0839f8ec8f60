"""Recorded petitions: what can't be read is said in a sentence, and what is played comes to what the file says."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.command import demo
from deploy.demo.expected import Sent
from deploy.demo.replay import replay
from deploy.demo.trace import Change, TraceError, read_trace, reported_as_unknown, totals_by_country
from schemas.catalogue import Limits, load_catalogue

CAMPAIGN = load_catalogue(Path(__file__).parents[3] / "deploy" / "demo" / "campaign.toml").campaigns["w4r-2026"]
SMALL = CAMPAIGN.model_copy(update={"limits": Limits(letters_per_line=7, lines=3)})
BEGAN = datetime(2026, 12, 10, tzinfo=UTC)
HEADER = "snapshot,updated_at,country,delta,cumulative\n"


@st.composite
def traces(draw: st.DrawFn) -> list[Change]:
    """Draw changes up and down that never go below nothing."""
    changes, standing, at = [], dict.fromkeys(("FR", "XK", "ZZ"), 0), BEGAN
    for _ in range(draw(st.integers(1, 30))):
        country = draw(st.sampled_from(sorted(standing)))
        delta = draw(st.integers(-standing[country], 60))
        standing[country] += delta
        at += draw(st.sampled_from([timedelta(0), timedelta(minutes=5), timedelta(days=1)]))
        changes.append(Change(at, country, delta, standing[country]))
    return changes


@given(traces(), st.sampled_from([None, 1.0, 1e6]))
def test_a_replay_comes_to_what_the_file_says(changes: list[Change], speed: float | None) -> None:
    """At any speed the posts stay within the campaign's limits and leave each country at its last cumulative count."""
    sent, played = Sent(), 0
    for step in replay(changes, SMALL, "key", speed, BEGAN):
        played += step.changes
        assert step.at >= 0
        for post in step.posts:
            lines = [line["letters"] for line in post.body["lines"]]
            assert len(lines) <= 3
            assert all(0 <= letters <= 7 for letters in lines)
            sent.take(post, 202, "")
    assert played == len(changes)
    by_country = {member: pair[0] for (scope, member), pair in sent.expected.items() if scope == "country" and pair[0]}
    assert by_country == totals_by_country(changes)


def test_what_iso_lacks_is_reported_as_unknown_by_name() -> None:
    """XK counts towards ZZ and is named with its letters; ZZ itself needs no name."""
    changes = [Change(BEGAN, "XK", 3, 3), Change(BEGAN, "ZZ", 2, 2), Change(BEGAN, "FR", 1, 1)]
    assert totals_by_country(changes) == {"ZZ": 5, "FR": 1}
    assert reported_as_unknown(changes) == {"XK": 3}


ROW = "s,2019-03-21T22:38:12.459Z,FR,4,4\n"
UNREADABLE = [
    (b"", "columns .* found nothing: add snapshot"),
    (b"a,b\n1,2\n", "columns .* found a,b: add snapshot"),
    (HEADER.replace(",delta", "").encode(), "add delta$"),
    (HEADER.encode(), "at least one line"),
    ((HEADER + ROW.replace("4,4", "four,4")).encode(), ":2: delta: expected a whole number, found 'four'"),
    ((HEADER + ROW + ROW).encode(), ":3: cumulative: expected 8, .* found 4"),
    ((HEADER + ROW.replace("4,4", "-4,-4")).encode(), ":2: cumulative: expected 0 up, found -4"),
    ((HEADER + ROW.replace("FR", "")).encode(), ":2: country: "),
    ((HEADER + ROW.replace("2019-03-21T22:38:12.459Z", "yesterday")).encode(), ":2: updated_at: "),
    ((HEADER + ROW.replace("Z", "")).encode(), ":2: updated_at: .* offset"),
    ((HEADER + "s,2019\n").encode(), ":2: "),
    (b"\xff\xfe\x00", "expected CSV in UTF-8"),
    (gzip.compress((HEADER + ROW).encode(), mtime=0), "expected CSV in UTF-8"),
]


@pytest.mark.parametrize(("content", "says"), UNREADABLE)
def test_a_file_that_is_no_trace_is_refused_by_name(tmp_path: Path, content: bytes, says: str) -> None:
    """The sentence names file, line, field, what was expected and what to do."""
    (tmp_path / "trace.csv").write_bytes(content)
    with pytest.raises(TraceError, match=says) as error:
        read_trace(tmp_path / "trace.csv")
    assert str(tmp_path / "trace.csv") in str(error.value)
    assert "\n" not in str(error.value)


def test_a_gzip_must_be_whole(tmp_path: Path) -> None:
    """A gzip reads as the file in it; cut off, or no gzip at all, it is refused in a sentence."""
    file, packed = tmp_path / "trace.csv.gz", gzip.compress((HEADER + ROW).encode())
    file.write_bytes(packed)
    assert [change.cumulative for change in read_trace(file)] == [4]
    for broken in (packed[:-9], packed[:20], HEADER.encode(), packed[:10] + b"\x07" * 20, packed[:-8] + bytes(8)):
        file.write_bytes(broken)
        with pytest.raises(TraceError, match=r"fetch it again|can be read"):
            read_trace(file)


def test_what_can_not_be_played_ends_in_a_sentence(tmp_path: Path) -> None:
    """A speed or a time that is none, and a file that is not there, end the command before anything is started."""
    for options, says in (
        ({"speed": -1.0}, "--speed: expected a number above 0, found -1: "),
        ({"speed": float("nan")}, "--speed: "),
        ({"speed": float("inf")}, "--speed: "),
        ({"seconds": 0.0}, "--seconds: "),
        ({"trace": tmp_path / "nowhere.csv"}, "--trace: .*nowhere.csv: No such file"),
        ({"trace": tmp_path}, "--trace: .*Is a directory"),
    ):
        with pytest.raises(SystemExit, match=says):
            demo(**options, data=tmp_path / "data")  # type: ignore[arg-type]  # one option a time
    assert not (tmp_path / "data").exists()
