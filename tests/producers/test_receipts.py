"""Receipts: what was reported comes back as it was, and nobody without a key can make or change one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.admission import admit
from producers.channels.reports.read import Line, Submission
from producers.known_events import KnownEvents
from producers.pseudonyms import PseudonymKeys
from producers.receipts import corrected, receipt_of, withdrawn
from schemas.catalogue import load_catalogue
from schemas.receipt import Receipt, ReceiptLine, Receipts
from schemas.report import MOST_LETTERS, LetterReport
from schemas.wire import Refusal
from tests.producers.conftest import CAMPAIGN

OLD, NEW = "the old key of receipts, long enough", "the new key of receipts, long enough"
RECEIPTS = Receipts([OLD, NEW])
CATALOGUE = load_catalogue(CAMPAIGN)
CASES = [case.case for case in CATALOGUE.campaigns["w4r-2026"].cases]
NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)
slugs = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
moments = st.integers(0, 253_402_300_799_999)
receipts = st.builds(
    Receipt,
    channel=slugs,
    source=slugs,
    submission=st.text(min_size=1, max_size=255).filter(lambda text: text.isprintable()),
    revision=st.integers(0, 2**63 - 1),
    as_of=moments,
    participant=st.none() | st.uuids().map(str),
    campaign=slugs,
    event=st.none() | slugs,
    country=st.sampled_from(["FR", "ZZ"]),
    kind=st.sampled_from(["letter", "card"]),
    written_at=st.none() | moments,
    lines=st.lists(st.builds(ReceiptLine, case=slugs, letters=st.integers(0, MOST_LETTERS)), min_size=1, max_size=20),
)


@given(receipts)
def test_a_receipt_comes_back_as_it_was(receipt: Receipt) -> None:
    """Signed and read, a receipt is the same, and its link is made of what addresses may hold."""
    token = RECEIPTS.sign(receipt)
    assert token is not None
    assert RECEIPTS.read(token) == receipt
    assert all(one.isalnum() or one in "-_." for one in token)


@given(receipts, st.data())
def test_a_changed_link_is_none(receipt: Receipt, data: st.DataObject) -> None:
    """A link with any other character at any place, cut short, or signed with another key is read as none."""
    token = RECEIPTS.sign(receipt)
    assert token is not None
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("Az09-_.é").filter(lambda one: one != token[place]))
    changed = RECEIPTS.read(token[:place] + other + token[place + 1 :])
    assert changed is None or (place == len(token) - 1 and changed == receipt)  # base64's last bits say nothing
    assert RECEIPTS.read(token[:place]) is None
    assert Receipts(["somebody else's key, which is long too"]).read(token) is None


@given(st.text())
def test_whatever_is_no_receipt_is_none(token: str) -> None:
    """No text makes reading fail."""
    assert RECEIPTS.read(token) is None


def test_an_old_key_reads_and_the_newest_signs() -> None:
    """After a change of keys old links stay good, and new ones can't be made with the old key."""
    receipt = receipts_of({"amara": 5})
    old = Receipts([OLD]).sign(receipt)
    assert old is not None
    assert RECEIPTS.read(old) == receipt
    new = RECEIPTS.sign(receipt)
    assert new is not None
    assert Receipts([OLD]).read(new) is None
    assert Receipts([NEW]).read(new) == receipt


def test_what_is_too_long_for_a_link_has_no_receipt() -> None:
    """A receipt whose link would be cut on its way is not made."""
    lines = tuple(ReceiptLine(case=f"case-{number * 7919 % 10_007}-of-many", letters=number) for number in range(1000))
    assert RECEIPTS.sign(receipts_of({"amara": 5}).model_copy(update={"lines": lines})) is None


def submitted(letters: dict[str, int], **more: object) -> Submission:
    lines = [Line(case=case, letters=count) for case, count in letters.items()]
    return Submission.model_validate({"campaign": "w4r-2026", "country": "FR", "lines": lines, **more})


def admitted(submission: Submission, now: datetime, *, is_correction: bool = False) -> list[LetterReport]:
    whose = {"channel": "form", "source": "form", "submission_id": "one"}
    rules = {"keys": PseudonymKeys(b"k" * 32), "knows_event": KnownEvents(CATALOGUE, is_read=True).is_known}
    reports = admit(submission, CATALOGUE, **whose, **rules, now=now, is_correction=is_correction)  # type: ignore[arg-type]
    assert not isinstance(reports, Refusal)
    return reports


def receipts_of(letters: dict[str, int]) -> Receipt:
    submission = submitted(letters)
    return receipt_of(submission, admitted(submission, NOW), "one", CATALOGUE)


counts = st.dictionaries(st.sampled_from(CASES), st.integers(0, 1000)).filter(lambda said: any(said.values()))


@given(counts, st.lists(st.tuples(counts | st.none(), st.integers(-1000, 1000), st.booleans()), max_size=5))
def test_the_last_word_stands_whatever_link_it_was_said_with(
    first: dict[str, int], later: list[tuple[dict[str, int] | None, int, bool]]
) -> None:
    """Corrections and withdrawals, with new links or the first one, leave exactly what the last of them says."""
    original = submitted(first)
    standing = {report["report_id"]: report for report in admitted(original, NOW)}
    receipt = oldest = receipt_of(original, list(standing.values()), "one", CATALOGUE)
    said, now = first, NOW
    for letters, offset_ms, is_old in later:
        base = oldest if is_old else receipt
        # The clock of another collector may be behind; only an old link needs one that has gone on.
        now = max(now + timedelta(seconds=2) if is_old else NOW, now + timedelta(milliseconds=offset_ms))
        correction = withdrawn(base, now) if letters is None else corrected(base, submitted(letters), now)
        reports = admitted(correction, now, is_correction=True)
        receipt = receipt_of(correction, reports, "one", CATALOGUE)
        for report in reports:
            known = standing.get(report["report_id"])
            if known is None or known["revision"] < report["revision"]:
                standing[report["report_id"]] = report
        said = letters or {}
    counted = {report["case"]: report["letters"] for report in standing.values() if not report["withdrawn"]}
    assert counted == {case: count for case, count in said.items() if count}
    assert {line.case: line.letters for line in receipt.lines if line.letters} == counted


@pytest.mark.parametrize("ahead_ms", [-5, 0, 5])
def test_a_correction_is_newer_than_what_it_corrects(ahead_ms: int) -> None:
    """Its revision is the later of the clock and one more than the corrected one."""
    clock_ms = int(NOW.timestamp() * 1000)
    receipt = receipts_of({"amara": 5}).model_copy(update={"revision": clock_ms + ahead_ms})
    (report, *_) = admitted(withdrawn(receipt, NOW), NOW, is_correction=True)
    assert report["revision"] == max(clock_ms, receipt.revision + 1)
