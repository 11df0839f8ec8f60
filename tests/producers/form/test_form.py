"""The form through the real collector: what counts, what is refused, and what stays out of Kafka and logs."""

import base64
import json
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import httpx
import segno

from schemas.topics import HELD, LETTERS, REJECTED
from schemas.wire import Refusal, decode_rejection
from tests.brokers import EmbeddedBroker
from tests.producers.conftest import CollectorProcess, collecting
from tests.producers.form.forms import Page, followed, opened
from tests.producers.test_collector import records
from tests.producers.test_corrections import counted, reports_on
from tests.producers.test_events import HEADERS_OF_ORGANISERS, KEY
from tests.stacks import wait_for

FORM = "/form/w4r-2026"
FILLED = {"letters[amara]": "5", "letters[rosa]": "1٢", "country": "ES", "email": "Some.Writer+x@gmail.com"}


def rejected_on(broker: EmbeddedBroker, at_least: int) -> dict[str, str | None]:
    """Return the reasons of what was refused, each with the field."""
    found = [decode_rejection(record.value) for record in records(broker.address, REJECTED.name, at_least)]
    return {one["reason"]: one["field"] for one in found if not isinstance(one, Refusal)}


def said_in(receipt: Page) -> list[object]:
    """Return what anybody can read in a receipt's link."""
    token = receipt.answer.url.path.rpartition("/")[2].rpartition(".")[0]
    packed = base64.urlsafe_b64decode(token.removeprefix(".") + "===")
    said: list[object] = json.loads(zlib.decompress(packed) if token.startswith(".") else packed)
    return said


def test_one_form_counts_once_and_says_nothing_of_the_person(
    running: CollectorProcess, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """Sent three times at once and once more after "back", a form is one submission; its address is nowhere."""
    client = running.client
    form = opened(client, f"{FORM}?event=paris-library", **{"accept-language": "es-MX,es;q=0.9"})
    assert form.answer.headers["content-language"] == "es"
    assert (form.fields["event"], form.fields["country"], form.fields["kind"]) == ("paris-library", "FR", "letter")
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: form.send(client, FILLED), range(3)))
    answers.append(form.send(client, FILLED))
    receipts = [followed(client, answer) for answer in answers]
    assert {receipt.answer.status_code for receipt in receipts} == {200}
    assert "You reported 17 letters." in receipts[0].text
    wait_for(lambda: counted(broker.address) == {"all": (17, 2), "amara:ES": (5, 1), "rosa:ES": (12, 1)}, 30)
    reports = reports_on(broker.address)
    assert {(r["channel"], r["event"], r["kind"], r["revision"]) for r in reports} == {
        ("form", "paris-library", "letter", 0)
    }
    assert len({r["participant"] for r in reports} - {None}) == 1
    assert opened(client, FORM).send(client, FILLED | {"event": "nowhere"}).status_code == 422
    kept = running.log.read_bytes() + client.get("/metrics").content
    for topic, at_least in ((LETTERS, 2), (REJECTED, 1)):
        kept += b"".join(record.value for record in records(broker.address, topic.name, at_least))
    kept += b"".join(file.read_bytes() for file in (tmp_path / "outbox").rglob("*") if file.is_file())
    assert kept.count(b"paris-library") > 1
    assert not re.search(rb"(?i)writer\+?x?@|some\.?writer|gmail", kept)
    assert not re.search(r"(?i)writer", "".join(str(r.answer.url) + r.answer.text for r in receipts))


def test_other_numbers_under_the_same_form_replace_those_before(
    collector: httpx.Client, broker: EmbeddedBroker
) -> None:
    """Who goes back and sends other numbers means those; each receipt says which page is right, and corrects."""
    form = opened(collector, FORM)
    first = followed(collector, form.send(collector, FILLED))
    assert "If you had sent this form before with other numbers" in first.text
    changed = FILLED | {"letters[amara]": "8", "letters[rosa]": ""}
    again = [followed(collector, form.send(collector, changed)) for _ in range(2)]
    assert "You reported 8 letters." in again[0].text
    assert "your report is corrected" in again[1].text
    wait_for(lambda: counted(broker.address) == {"all": (8, 1), "amara:ES": (8, 1)}, 30)
    followed(collector, form.send(collector, FILLED))
    wait_for(lambda: counted(broker.address).get("all") == (17, 2), 30)
    followed(collector, Page(again[1].send(collector)).send(collector))
    wait_for(lambda: counted(broker.address) == {}, 30)


WRONG: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"letters[rosa]": "1.068"}, "bad_value", "letters-2"),
    ({"letters[rosa]": "-1"}, "bad_value", "letters-2"),
    ({"letters[amara]": "", "letters[rosa]": "0"}, "nothing_to_count", "letters-0"),
    ({"country": ""}, "missing_field", "country"),
    ({"event": "osaka"}, "unknown_event", "event"),
    ({"email": "<b>me@"}, "bad_value", "email"),
    ({"written_at": "2098-01-01"}, "bad_value", "written_at"),
)


def test_what_is_wrong_is_said_where_it_stands(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """A refusal is told at its field and in a summary that leads there; what was typed is kept, nothing is counted."""
    form = opened(collector, FORM)
    for typed, _, field in WRONG:
        answer = form.send(collector, FILLED | typed)
        assert answer.status_code == 422
        page = Page(answer)
        assert page.attributes[field]["aria-invalid"] == "true"
        assert f"{field}-error" in str(page.attributes[field]["aria-describedby"]).split()
        assert f"{field}-error" in page.attributes
        assert f'href="#{field}"' in answer.text
        kept = {name: value for name, value in (FILLED | typed).items() if name != "event"}  # one that there is not
        assert page.fields == form.fields | kept
        assert "<b>me" not in answer.text
    assert {reason for _, reason, _ in WRONG} >= set(rejected_on(broker, 1))
    assert counted(broker.address) == {}
    assert page.send(collector, FILLED | {"written_at": ""}).status_code == 303
    wait_for(lambda: counted(broker.address).get("all") == (17, 2), 30)


def test_several_mistakes_are_told_at_once(collector: httpx.Client) -> None:
    """Counts, country and address that are wrong together are told together, in the reader's language."""
    form = opened(collector, f"{FORM}?lang=pl")
    answer = form.send(collector, {"letters[amara]": "x", "letters[ilya]": "y", "email": "@"})
    page = Page(answer)
    assert {name for name, said in page.attributes.items() if "aria-invalid" in said} == {
        *("letters-0", "letters-1", "country", "email")
    }
    assert "Wpisz liczbę całkowitą" in page.text


def test_a_program_that_fills_in_everything_is_not_counted(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """Who fills in the field that nobody sees gets a receipt like any other; only what it is corrected to counts."""
    receipt = followed(collector, opened(collector, FORM).send(collector, FILLED | {"website": "https://example.org"}))
    assert receipt.answer.status_code == 200
    assert "You reported 17 letters." in receipt.text
    taken = followed(collector, opened(collector, FORM).send(collector, FILLED))
    said = [said_in(page) for page in (receipt, taken)]
    assert [type(one) for one in said[0]] == [type(one) for one in said[1]]
    assert {number for number, one in enumerate(said[0]) if one != said[1][number]} == {2, 4}  # its id and its moment
    wait_for(lambda: counted(broker.address).get("all") == (17, 2), 30)
    assert rejected_on(broker, 1) == {"honeypot": "website"}
    assert 'tally_reports_refused_total{reason="honeypot",stage="collector"} 1.0' in collector.get("/metrics").text
    form = opened(collector, f"{receipt.answer.url!s}/correct")
    followed(collector, Page(form.send(collector, {"letters[rosa]": ""})).send(collector))
    wait_for(lambda: counted(broker.address).get("all") == (22, 3), 30)


def test_only_a_page_that_is_asked_to_may_stand_in_a_frame(collector: httpx.Client) -> None:
    """Pages run nothing, load nothing from elsewhere and can't be framed, unless their address says embed=1."""
    plain = collector.get(FORM)
    policy = plain.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("frame-ancestors 'none'")
    assert plain.headers["x-frame-options"] == "DENY"
    assert "<script" not in plain.text
    embedded = opened(collector, f"{FORM}?embed=1")
    assert embedded.answer.headers["content-security-policy"].endswith("frame-ancestors *")
    assert "x-frame-options" not in embedded.answer.headers
    receipt = followed(collector, embedded.send(collector, FILLED)).answer
    assert receipt.headers["content-security-policy"].endswith("frame-ancestors *")
    assert receipt.headers["cache-control"] == "no-store"
    assert receipt.headers["referrer-policy"] == "no-referrer"


def test_unknown_names_are_said(collector: httpx.Client) -> None:
    """An unknown campaign is 404, one that is over or not open says so, an unknown event is named with a choice."""
    assert collector.get("/form/nobody?lang=fr").status_code == 404
    assert "over" in opened(collector, "/form/w4r-2001").text
    assert "2099" in opened(collector, "/form/w4r-2099").text
    form = opened(collector, f"{FORM}?event=<i>nowhere")
    assert "<i>nowhere" in form.text
    assert "<i>nowhere" not in form.answer.text
    assert form.fields["event"] == ""
    listed = opened(collector, "/form").answer.text
    assert "form/w4r-2026?" in listed
    assert "w4r-2001" not in listed
    for body in (b"", b"\xff", b"submission=1"):
        headers = {"content-type": "application/x-www-form-urlencoded"}
        assert collector.post(FORM, content=body, headers=headers).status_code == 400
    assert collector.post(FORM, content=b"a=" * 40_000).status_code == 413


def test_a_code_leads_to_the_form_of_the_event(collector: httpx.Client) -> None:
    """The QR code is that of the form's address with the event; the page to print has it; unknown events are 404."""
    drawn = collector.get(f"{FORM}/qr.svg?event=paris-library&lang=fr")
    assert drawn.headers["content-type"] == "image/svg+xml"
    expected = BytesIO()
    link = f"{str(collector.base_url).rstrip('/')}{FORM}?event=paris-library&lang=fr"
    segno.make(link, error="m", micro=False).save(expected, kind="svg", scale=8, dark="#000", light="#fff")
    assert drawn.content == expected.getvalue()
    sheet = opened(collector, f"{FORM}/qr?event=paris-library&lang=fr")
    assert link in sheet.text
    assert 'src="qr.svg?lang=fr&amp;event=paris-library"' in sheet.answer.text
    assert collector.get(f"{FORM}/qr.svg?event=nowhere").status_code == 404
    assert collector.get(f"{FORM}/qr?event=nowhere").status_code == 404


def test_so_many_that_a_person_looks_first(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """A count above the campaign's limit is taken and held, the receipt says so, and the other lines count at once."""
    receipt = followed(collector, opened(collector, FORM).send(collector, FILLED | {"letters[rosa]": "1001"}))
    assert "looked at by a person" in receipt.text
    wait_for(lambda: counted(broker.address) == {"all": (5, 1), "amara:ES": (5, 1)}, 30)
    (held,) = records(broker.address, HELD.name, 1)
    assert b"1001" in held.value


def test_a_registered_event_can_be_chosen(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> None:
    """An event that an organiser has registered is filled in, listed and printed like one of the campaign's file."""
    with collecting(broker.address, campaigns, tmp_path, {"TALLY_ORGANISERS_KEY": KEY}) as running:
        use_a_registered_event(running.client, broker)


def use_a_registered_event(client: httpx.Client, broker: EmbeddedBroker) -> None:
    event = {"campaign": "w4r-2026", "event": "lima-plaza", "name": "En la plaza", "place": "Lima", "country": "PE"}
    answer = client.post("/v1/events", json=[event | {"date": "2026-12-10"}], headers=HEADERS_OF_ORGANISERS)
    assert answer.status_code == 200
    wait_for(lambda: "En la plaza" in opened(client, FORM).text, 30)
    form = opened(client, f"{FORM}?event=lima-plaza")
    assert (form.fields["event"], form.fields["country"]) == ("lima-plaza", "PE")
    receipt = followed(client, form.send(client, {"letters[mei]": "2"}))
    assert "En la plaza" in receipt.text
    assert client.get(f"{FORM}/qr.svg?event=lima-plaza").status_code == 200
    wait_for(lambda: counted(broker.address).get("mei:PE") == (2, 1), 30)
