"""Receipts through the real collector: looking changes nothing, correcting and withdrawing take a second yes."""

import httpx

from tests.brokers import EmbeddedBroker
from tests.producers.form.forms import Page, followed, opened
from tests.producers.test_corrections import counted, ids_of, reports_on
from tests.stacks import wait_for

FORM = "/form/w4r-2026"
FILLED = {"letters[amara]": "5", "letters[rosa]": "2", "country": "ES", "email": "writer@example.org"}
BODY = {
    "campaign": "w4r-2026",
    "country": "FR",
    "email": "writer@example.org",
    "written_at": "2026-11-02T10:30:00+01:00",
    "lines": [{"case": "rosa", "letters": 2}, {"case": "ilya", "letters": 0}, {"case": "amara", "letters": 5}],
}


def said_on(broker: EmbeddedBroker) -> set[tuple[str, int]]:
    """Return each report and revision once: what waited in the outbox may be sent twice."""
    return {(report["report_id"], report["revision"]) for report in reports_on(broker.address)}


def test_a_receipt_is_looked_at_as_often_as_one_likes(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """GET and HEAD of a receipt and of its form publish nothing, and are kept by nobody."""
    receipt = followed(collector, opened(collector, FORM).send(collector, FILLED))
    address = str(receipt.answer.url)
    wait_for(lambda: len(said_on(broker)) == 2, 30)
    for path in (address, f"{address}/correct", f"{address}?action=withdraw&confirmed=yes"):
        answer = collector.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert collector.head(path).status_code == 200
    assert len(said_on(broker)) == 2


def test_a_correction_takes_a_second_yes(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """The filled in form comes back, the change is shown first, and confirmed twice it is the same."""
    receipt = followed(collector, opened(collector, FORM).send(collector, FILLED))
    form = opened(collector, f"{receipt.answer.url!s}/correct?lang=es")
    assert {name: value for name, value in form.fields.items() if value} == {
        **{name: FILLED[name] for name in ("letters[amara]", "letters[rosa]", "country")},
        "action": "correct",
        "kind": "letter",
    }
    asked = form.send(collector, {"letters[amara]": "3", "letters[rosa]": "", "letters[mei]": "4"})
    assert asked.status_code == 200
    assert "¿Es correcto?" in asked.text
    wait_for(lambda: counted(broker.address).get("all") == (7, 2), 30)
    question = Page(asked)
    corrected = [followed(collector, question.send(collector)) for _ in range(2)]
    assert "Gracias, tu informe se ha corregido" in corrected[0].text
    assert "Comunicaste 7 cartas." in corrected[1].text
    wait_for(lambda: counted(broker.address) == {"all": (7, 2), "amara:ES": (3, 1), "mei:ES": (4, 1)}, 30)
    assert len({report["participant"] for report in reports_on(broker.address)}) == 1


def test_all_is_withdrawn_and_comes_back_by_an_old_link(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """Withdrawn, nothing counts; a correction with the first link is the last word all the same, and is shown."""
    first = followed(collector, opened(collector, FORM).send(collector, FILLED))
    withdrawn = followed(collector, Page(first.send(collector)).send(collector))
    assert "Your report is withdrawn" in withdrawn.text
    assert counted(broker.address) == {}
    old = opened(collector, str(first.answer.url))
    assert "changed your report at another time" in old.text
    form = opened(collector, f"{first.answer.url!s}/correct")
    again = followed(collector, Page(form.send(collector, {"letters[amara]": "6"})).send(collector))
    assert "You reported 8 letters." in again.text
    wait_for(lambda: counted(broker.address) == {"all": (8, 2), "amara:ES": (6, 1), "rosa:ES": (2, 1)}, 30)


def test_a_report_in_json_has_a_receipt_that_keeps_its_lines(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """The receipt of a program's report corrects the same reports, adds a case, and leaves moment and person alone."""
    answer = collector.post("/v1/reports", json=BODY)
    ids = ids_of(answer)
    form = opened(collector, f"{answer.json()['receipt']}/correct")
    assert form.fields["written_at"] == "2026-11-02"
    question = Page(form.send(collector, {"letters[rosa]": "1", "letters[thandi]": "9"}))
    followed(collector, question.send(collector))
    wait_for(
        lambda: counted(broker.address) == {"all": (15, 3), "amara:FR": (5, 1), "rosa:FR": (1, 1), "thandi:FR": (9, 1)},
        30,
    )
    standing = [report for report in reports_on(broker.address) if report["letters"]]
    assert {report["report_id"] for report in standing if report["case"] in {"rosa", "amara"}} == set(ids)
    assert {(r["channel"], r["written_at"]) for r in standing} == {("reports", 1_793_611_800_000)}
    assert len({report["participant"] for report in standing}) == 1


def test_a_correction_keeps_to_the_rules(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """What a report may not say, a correction may not either, and is told at the field."""
    receipt = followed(collector, opened(collector, FORM).send(collector, FILLED))
    form = opened(collector, f"{receipt.answer.url!s}/correct")
    for wrong, field in (({"letters[rosa]": "many"}, "letters-2"), ({"country": "XX"}, "country")):
        page = Page(form.send(collector, wrong | {"confirmed": "yes"}))
        assert page.answer.status_code == 422
        assert page.attributes[field]["aria-invalid"] == "true"
    wait_for(lambda: counted(broker.address).get("all") == (7, 2), 30)


def test_a_link_that_is_not_ours_is_not_found(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """A bad or foreign link is 404 with a plain sentence, for looking and for acting."""
    receipt = followed(collector, opened(collector, FORM).send(collector, FILLED))
    address = str(receipt.answer.url)
    for bad in ("/receipt/nothing", f"{address[:-4]}AAAA", f"{address}x", "/receipt/" + "a" * 7000):
        for answer in (collector.get(bad), collector.post(bad, data={"action": "withdraw", "confirmed": "yes"})):
            assert answer.status_code == 404
            assert "Copy the whole link" in answer.text
    assert collector.post(address, data={"action": "burn"}).status_code == 400
    wait_for(lambda: counted(broker.address).get("all") == (7, 2), 30)
