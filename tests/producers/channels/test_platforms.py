"""What the platforms' readers promise beyond their samples."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.channels.answers import Answer
from producers.channels.controlshift.read import read_file, read_rows
from producers.channels.known import CHANNELS
from producers.channels.questions import Filled, drafts_of
from producers.channels.reading import Confirmed, Delivery, Draft, Ignored, Reading, Refused
from tests.producers.channels.test_samples import FOLDER, source_of

PLATFORMS = ["action-network", "controlshift", "typeform", "google-forms", "impact-stack", "proca"]
ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["x" * 5000, [], {}])
)


def sample(name: str, file: str) -> bytes:
    return (FOLDER / name.replace("-", "_") / "samples" / file).read_bytes()


def read(name: str, said: object, **changes: object) -> list[Reading]:
    source = source_of(name).model_copy(update=changes)
    return CHANNELS[name].read(Delivery(json.dumps(said).encode(), {}, 0), source)


def places(said: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 (any JSON)
    inside = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    return [path, *(deeper for key, value in inside for deeper in places(value, (*path, key)))]


@pytest.mark.parametrize("name", PLATFORMS)
@given(data=st.data())
def test_any_value_in_any_place_gets_an_answer(name: str, data: st.DataObject) -> None:
    """A sample with one of its values replaced by another is answered shortly, in what can be sent on as JSON."""
    files = sorted(file.name for file in (FOLDER / name.replace("-", "_") / "samples").glob("[!b]*.json"))
    said = json.loads(sample(name, data.draw(st.sampled_from([f for f in files if ".expected" not in f]))))
    *path, last = data.draw(st.sampled_from(places([said])[1:]))
    root = holder = [said]
    for key in path:
        holder = holder[key]
    holder[last] = data.draw(ODD)
    readings = read(name, root[0])
    assert readings
    for reading in readings:
        assert isinstance(reading, Reading)
        if isinstance(reading, Draft):
            assert abs(reading.letters) < 2**63
            reading.model_dump_json()
        if isinstance(reading, Refused):
            assert len(f"{reading.submission}{reading.field}{reading.detail}") < 1500


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_huge_array_costs_one_answer(name: str) -> None:
    """Ten thousand elements in one delivery are refused as a whole."""
    assert len(read(name, [0] * 10_000)) == 1


def test_an_outreach_counts_only_where_the_source_says_so() -> None:
    """Without counts_outreach, what Action Network tells of a letter page is passed over by name."""
    (signature, *_, first, second) = json.loads(sample("action-network", "several.json"))[:5]
    read_so = read("action-network", [signature, first, second], counts_outreach=False)
    assert [type(reading) for reading in read_so] == [Draft, Ignored, Ignored]
    assert read_so[1] == Ignored("outreach_not_counted")
    counted = read("action-network", [first, second], kind="email")
    assert [reading.kind for reading in counted if isinstance(reading, Draft)] == ["email", "email"]


def test_elements_of_one_batch_with_one_key_are_told_apart() -> None:
    """Two outreaches that share an idempotency_key and have no identifiers are two submissions."""
    first, second = json.loads(sample("action-network", "several.json"))[3:5]
    for element in (first, second):
        del element["osdi:outreach"]["identifiers"]
    readings = read("action-network", [first, second])
    assert len({reading.submission for reading in readings if isinstance(reading, Draft)}) == 2


def test_a_nightly_file_knows_a_signature_by_the_webhook_s_id() -> None:
    """The same signature by webhook and by file is one submission, and the file's revision is the higher one."""
    (told,) = read("controlshift", json.loads(sample("controlshift", "signature.json")))
    row = read_file(Delivery(sample("controlshift", "nightly.csv"), {}, 0), source_of("controlshift"))[0]
    assert isinstance(told, Draft)
    assert isinstance(row, Draft)
    assert (row.submission, row.line, row.withdrawn) == (told.submission, told.line, False)
    assert row.revision > told.revision


def test_a_signature_that_was_deleted_at_once_is_taken_back() -> None:
    """A row whose times are all the same is withdrawn with a revision above the original's."""
    lines = ["id,petition_id,created_at,deleted_at\n", "1,4711,2026-12-10 10:00:00,2026-12-10 10:00:00\n"]
    (row,) = read_rows(lines, source_of("controlshift"))
    assert isinstance(row, Draft)
    assert row.withdrawn
    assert row.revision > 0


@given(st.binary(max_size=300))
def test_any_file_gets_an_answer(body: bytes) -> None:
    """Random bytes after a header, or without one, are answered and never raise."""
    for start in (b"", b"id,petition_id\n"):
        assert read_file(Delivery(start + body, {}, 0), source_of("controlshift"))


def test_rows_are_read_one_at_a_time() -> None:
    """A file's first signature is known before its second line is looked at, so a full export needs no memory."""
    seen = []

    def lines() -> Any:  # noqa: ANN401 (a generator of lines)
        for number in range(4):
            seen.append(number)
            yield "id,petition_id\n" if number == 0 else f"{number},4711\n"

    next(read_rows(lines(), source_of("controlshift")))
    assert seen == [0, 1]


def test_a_confirmation_names_the_submission_it_confirms() -> None:
    """Impact Stack's confirmation carries the uuid under which its submission waits."""
    (waiting,) = read("impact-stack", json.loads(sample("impact-stack", "needs-confirmation.json")))
    (confirmed,) = read("impact-stack", json.loads(sample("impact-stack", "confirmed.json")))
    assert isinstance(waiting, Draft)
    assert waiting.needs_confirmation
    assert confirmed == Confirmed(waiting.submission)


def test_a_form_without_mapped_questions_counts_one_letter_on_itself() -> None:
    """Where the source maps no question, a filled form is one letter on the case that the form's id is mapped to."""
    source = source_of("typeform").model_copy(update={"fields": {}})
    (draft,) = drafts_of(Filled("s", "form-1"), {}, source)
    assert isinstance(draft, Draft)
    assert (draft.case, draft.letters, draft.line) == ("form-1", 1, "")


def test_each_box_that_is_ticked_is_a_letter_where_no_question_asks_how_many() -> None:
    """Several chosen cases are a letter each, under ids that do not depend on their order."""
    source = source_of("google-forms").model_copy(update={"fields": {"For whom?": "case"}})
    boxes = Answer((("Ilya P.",), ("Amara N. (Nigeria)",)), takes_several=True)
    other_order = Answer(boxes.items[::-1], takes_several=True)
    found = [
        {
            (draft.line, draft.case, draft.letters)
            for draft in drafts_of(Filled("s", "f"), {"For whom?": b}, source)
            if isinstance(draft, Draft)
        }
        for b in (boxes, other_order)
    ]
    assert found[0] == found[1] == {("ilya", "Ilya P.", 1), ("amara", "Amara N. (Nigeria)", 1)}


def test_a_count_of_its_own_says_more_than_a_tick() -> None:
    """A case that is ticked, and whose letters another question counts, is counted once, by that question."""
    source = source_of("google-forms").model_copy(update={"fields": {"For whom?": "case", "Ilya": "letters:ilya"}})
    answers = {"For whom?": Answer((("Ilya P.",),), takes_several=True), "Ilya": Answer(((3,),))}
    assert [d.letters for d in drafts_of(Filled("s", "f"), answers, source) if isinstance(d, Draft)] == [3]


def test_questions_on_one_case_are_added_up() -> None:
    """Two questions that count letters on the same case are one report of both."""
    source = source_of("typeform").model_copy(update={"fields": {"post": "letters:noor", "cards": "letters:noor"}})
    answers = {"post": Answer(((2,),)), "cards": Answer((("3",),))}
    assert [d.letters for d in drafts_of(Filled("s", "f"), answers, source) if isinstance(d, Draft)] == [5]


def test_a_question_that_is_mapped_by_both_its_names_is_counted_once() -> None:
    """An id and a ref of the same question are two names of one answer."""
    fields = {"letters-noor": "letters:noor", "idletters-noor": "letters:noor"}
    said = json.loads(sample("typeform", "line-a-case.json"))
    assert [d.letters for d in read("typeform", said, fields=fields) if isinstance(d, Draft)] == [3]


def test_a_choice_without_a_name_is_no_answer() -> None:
    """Empty refs and labels choose nothing, so that the question counts as not answered."""
    said = json.loads(sample("typeform", "several-choices.json"))
    said["form_response"]["answers"][0]["choices"] = {"refs": [""], "labels": ["", ""]}
    (refused,) = read("typeform", said)
    assert refused == Refused("tok4", "missing_field", "which-case", "this answer is needed")


def test_two_answers_that_cannot_be_paired_are_refused() -> None:
    """Two questions for a case, both answered, name the second: which count belongs to which, nobody can tell."""
    fields = {"first": "case", "second": "case", "how-many": "letters"}
    source = source_of("typeform").model_copy(update={"fields": fields})
    answers = {"first": Answer((("amara",),)), "second": Answer((("ilya",),)), "how-many": Answer(((2,),))}
    (refused,) = drafts_of(Filled("s", "f"), answers, source)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.field) == ("bad_value", "second")


def test_a_case_that_a_changed_form_leaves_out_is_taken_back() -> None:
    """Unticking a box, or emptying a count, withdraws that line, and leaves the others as they are said."""
    source = source_of("google-forms").model_copy(update={"fields": {"For whom?": "case", "Tomas": "letters:tomas"}})
    changed = Filled("s", "f", revision=2, replaces=True)
    readings = drafts_of(changed, {"For whom?": Answer((("Ilya P.",),), takes_several=True)}, source)
    withdrawn = {draft.line: draft.withdrawn for draft in readings if isinstance(draft, Draft)}
    assert withdrawn == {"amara": True, "noor": True, "tomas": True, "ilya": False}


def test_a_changed_form_that_is_unclear_takes_nothing_back() -> None:
    """What a form said before stays counted while nobody can tell what it says now."""
    source = source_of("google-forms").model_copy(update={"fields": {"A": "letters:amara", "B": "letters:ilya"}})
    readings = drafts_of(Filled("s", "f", revision=2, replaces=True), {"B": Answer((("many",),))}, source)
    assert readings == [Refused("s", "bad_value", "B", "expected a whole number")]


def test_fields_that_ask_for_nothing_known_are_named() -> None:
    """A source whose mapping has a typing mistake refuses its deliveries aloud, instead of counting without it."""
    source = source_of("typeform").model_copy(update={"fields": {"how-many": "leters"}})
    (refused,) = drafts_of(Filled("s", "f"), {}, source)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.field) == ("bad_value", "how-many")
