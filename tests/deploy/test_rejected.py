"""`tally rejected` on real engines: what was refused is listed and shown, and counts once something was mended."""

import json

import pytest

from deploy.publishing import publish
from producers.channels.reports.read import Line, Submission
from producers.drafts import Rules
from producers.identity import delivery_id_of
from producers.known_events import KnownEvents
from producers.pseudonyms import NO_KEYS
from producers.publisher import Outgoing
from producers.records import rejected_record
from producers.retrying import kept_of
from schemas.catalogue import load_catalogue
from schemas.environment import Environment
from schemas.identity import report_id_of
from tests.counting import shown_totals
from tests.deploy.mending import FORM, KEY, Mended
from tests.histories import recount
from tests.holdings import letters_of
from tests.producers.form.forms import opened
from tests.producers.proofs import proven
from tests.producers.test_events import HALL
from tests.stacks import wait_for


def be_refused(mended: Mended) -> None:
    """Deliver and report what names a case and an event that nobody knows yet, and find it listed and shown."""
    assert mended.deliver(1)["counted"] == 0
    mended.deliver(2, letters=7_000)
    mended.deliver(3, case="nobody")
    mended.deliver(4, case="amara", event="toulouse-hall")
    assert mended.report("one", "noor") == 422
    assert mended.report("two", "amara", 4, event="toulouse-hall", email="writer@example.org") == 422
    mended.has_listed(6)
    assert len(mended.listed("--source", "shop", "--reason", "unknown_case", "--campaign", "w4r-2026")) == 3
    assert len(mended.listed("--source", "reports", "--since", "2020-01-01")) == 2
    assert mended.listed("--campaign", "another") == mended.listed("--since", "2090-01-01") == []
    shown = mended.tally("show", mended.listed("--source", "shop", "--reason", "unknown_event")[0]["origin"])
    assert "unknown_event" in shown
    assert "expected an event of the campaign, or none" in shown
    assert "Use a registered event" in shown
    assert "toulouse-hall" in shown
    assert "0 of 6 can be sent on" in mended.tally("retry", "--yes")


@pytest.mark.timeout(300)
def test_what_was_refused_by_our_mistake_counts_after_a_mend(mended: Mended) -> None:
    """A case added and an event registered later: deliveries and reports of our form count, once, as of then."""
    be_refused(mended)
    mended.add_case()
    assert mended.collector is not None
    headers = {"Authorization": f"Bearer {KEY}"}
    assert mended.collector.client.post("/v1/events", json=HALL, headers=headers).status_code == 200
    mended.cluster.has_rows("letter_events", 1)
    told = mended.tally("retry", "--yes")
    assert "5 of 6 can be sent on" in told
    assert "stays: unknown_case" in told
    assert "waits for review" in told
    assert "Sent on: 17 letters will be counted." in told
    mended.has_listed(1)
    assert mended.listed()[0]["reason"] == "unknown_case"
    wait_for(lambda: len(mended.counted()) == 4, 30)
    reports = mended.counted()
    assert report_id_of("reports", "reports", "one", 0) in reports
    mine = reports[report_id_of("reports", "reports", "two", 0)]
    assert (mine["event"], mine["letters"], mine["participant"] is not None) == ("toulouse-hall", 4, True)
    waiting = mended.cluster.listed()
    assert [one["letters"] for one in waiting] == [7_000]

    mended.collector.stop()
    mended.start_collector()
    assert mended.deliver(1)["counted"] == 1
    assert mended.report("one", "noor") == 202
    mended.cluster.tally("held", "release", str(waiting[0]["submission_id"]), "--revision", "0")
    wait_for(lambda: len(mended.counted()) == 5, 60)
    totals = recount(list(mended.counted().values()))
    assert totals["w4r-2026", "world", "all"] == (7_017, 5)
    assert shown_totals(mended.cluster.broker.address, totals, limit_seconds=60) == totals


def test_a_broker_that_is_killed_before_clickhouse_has_it_loses_nothing(mended: Mended) -> None:
    """Nothing is noted before ClickHouse has the reports: where the log is lost, a second retry sends them again."""
    assert mended.deliver(1)["counted"] == 0
    assert mended.report("one", "noor") == 422
    mended.has_listed(2)
    mended.add_case()
    mended.cluster.stop_parts()
    told = mended.tally("retry", "--yes", "--wait-seconds", "1", status=1)
    assert "ClickHouse has not stored all of it after 1 s" in told
    assert "These 2 are not noted as retried" in told
    assert len(mended.counted()) == 2
    mended.stop_all_but_engines()  # who asks for topics that are not there makes them, in the embedded broker
    mended.cluster.lose_the_log()
    assert "Kafka" in mended.tally("retry", "--yes", "--wait-seconds", "1", status=1)
    mended.cluster.tally("restore")
    mended.cluster.start_parts()
    assert not mended.counted()
    assert len(mended.listed()) == 2
    assert "Retried: 2 of 2." in mended.tally("retry", "--yes")
    assert mended.listed() == []
    mended.cluster.has_rows("letter_reports", 2)
    assert len(mended.counted()) == 2


@pytest.mark.timeout(300)
def test_any_number_of_refusals_is_retried_in_pages(mended: Mended) -> None:
    """More than 10,000 are all judged, sent on and noted, each once; what stays is counted by its reason."""
    catalogue = load_catalogue(mended.campaigns)
    rules = Rules(catalogue, NO_KEYS, KnownEvents(catalogue, is_read=True).is_known)
    settings = Environment(kafka=mended.cluster.broker.address)
    publish(settings, [refused(number, "never" if number % 1000 == 0 else "noor", rules) for number in range(10_500)])
    mended.cluster.has_rows("rejected", 10_500)
    mended.add_case()
    told = mended.tally("retry", "--yes")
    assert told.count("can be sent on") == 3
    assert "Sent on: 20,978 letters will be counted.\nRetried: 10,489 of 10,500. 11 stay:\n" in told
    assert told.splitlines()[-1].startswith("  11  unknown_case (lines.0.case): expected one of ")
    assert [one["reason"] for one in mended.listed()] == ["unknown_case"] * 11
    mended.cluster.has_rows("letter_reports", 10_489)
    assert "0 of 11 can be sent on" in mended.tally("retry", "--yes")


def refused(number: int, case: str, rules: Rules) -> Outgoing:
    """Return the record of a refused report of ours; a hundred share a moment, by a clock that is ahead."""
    submission = Submission(campaign="w4r-2026", country="FR", lines=[Line(case=case, letters=2)])
    return rejected_record(
        {
            "origin": delivery_id_of("reports", str(number)),
            "reason": "unknown_case",
            "field": "lines.0.case",
            "detail": "expected one of them",
            "value": kept_of(submission, str(number), "reports", rules, is_correction=False).decode(),
            "rejected_at": 1_900_000_000_000 + number // 100,
        }
    )


def test_every_refusal_names_its_source(mended: Mended) -> None:
    """A delivery that could not be read, and a report of which nothing may be kept, are listed with their source."""
    assert mended.collector is not None
    body = json.dumps([{"id": f"d-{number}", "case": "amara", "letters": 1} for number in range(1_001)]).encode()
    for sent in (body, b"{"):
        headers, parameters = proven("generic", sent)
        answer = mended.collector.client.post("/v1/channels/shop", content=sent, headers=headers, params=parameters)
        assert answer.json()["rejected"]
    headers = {"Content-Type": "application/json"}
    assert mended.collector.client.post("/v1/reports", content=b"{", headers=headers).status_code == 400
    mended.has_listed(3)
    assert len(mended.listed("--source", "shop")) == len(mended.listed("--campaign", "w4r-2026")) == 2
    assert len(mended.listed("--source", "reports")) == 1
    assert mended.tally("list", "--source", "shop").count("  shop\n") == 2
    shown = mended.tally("show", mended.listed("--source", "shop")[0]["origin"])
    assert "  shop\n" in shown
    assert "kept:     nothing\n" in shown
    assert "stays: what was sent was not kept" in mended.tally("retry", "--yes")
    older = {"origin": "older", "reason": "unreadable", "field": None, "detail": "", "value": None, "rejected_at": 0}
    publish(Environment(kafka=mended.cluster.broker.address), [rejected_record(older)])  # type: ignore[arg-type]
    mended.has_listed(4)
    assert "unreadable  -  -\n" in mended.tally("show", "older")
    assert mended.tally("retry", "--yes").count("older  stays: ") == 1


def test_what_looked_personal_cannot_be_retried(mended: Mended) -> None:
    """A refused delivery names no address that somebody typed; a retry says what was not kept and needs no id."""
    mended.deliver(1, case="Noor, anna.kowalska@example.org")
    mended.deliver(2, id="anna.kowalska@example.org")
    mended.deliver(3, country="anna.kowalska@example.org")
    mended.has_listed(3)
    assert "kowalska" not in json.dumps(mended.listed())
    mended.add_case()
    told = mended.tally("retry", "--yes")
    assert "Retried: 1 of 3. 2 stay:" in told
    assert "case was not kept whole: it looked personal or was long" in told
    assert "bad_value (country)" in told
    own_id = report_id_of("generic", "shop", "anna.kowalska@example.org", "")
    wait_for(lambda: list(mended.counted()) == [own_id], 30)


def test_what_was_sent_again_since_is_not_counted_twice(mended: Mended) -> None:
    """Mended by its sender under its key, a report is settled; without such a key nobody can tell, so it stays."""
    lines = [{"case": "amara", "letters": 1}, {"case": "noor", "letters": 2}, {"case": "rosa", "letters": 3}]
    assert mended.report("mended", "", lines=lines) == 422
    assert mended.report("mended", "", lines=lines[::2]) == 202
    assert mended.report(None, "noor") == 422
    assert mended.report("typed", "Noor Al-Fulani, Lima") == 422
    mended.has_listed(3)
    mended.cluster.has_rows("letter_reports", 2)
    mended.add_case()
    told = mended.tally("retry", "--yes")
    assert told.count("stays: what was sent was not kept") == 2
    assert "settled: it was sent again since" in told
    assert "0 letters will be counted" in told
    mended.has_listed(2)
    assert len(mended.counted()) == 2
    assert "Fulani" not in mended.tally("list") + json.dumps(mended.listed())


def test_what_a_platform_delivered_again_since_is_settled(mended: Mended) -> None:
    """A draft that counts, or waits, since its platform has delivered it once more is no news; a newer one is."""
    assert mended.deliver(1)["counted"] == mended.deliver(2, letters=7_000)["held"] == 0
    mended.deliver(3)
    mended.has_listed(3)
    mended.add_case()
    assert mended.collector is not None
    mended.collector.stop()
    mended.start_collector()
    assert mended.deliver(1)["counted"] == mended.deliver(2, letters=7_000)["held"] == 1
    mended.cluster.has_rows("letter_reports", 1)
    mended.cluster.has_rows("held_submissions", 1)
    told = mended.tally("retry", "--yes")
    assert told.count("settled: it was sent again since") == 2
    assert "Sent on: 5 letters will be counted.\nRetried: 3 of 3." in told
    mended.has_listed(0)


def test_a_person_who_was_taken_for_a_program_counts_by_name(mended: Mended) -> None:
    """What the form's unseen field has caught stays refused, unless it is named; sent again since, it is settled."""
    assert mended.collector is not None
    client = mended.collector.client
    filled = {"letters[amara]": "5", "country": "ES", "website": "https://example.org"}
    forms = [opened(client, "/form/w4r-2026") for _ in range(3)]
    assert [form.send(client, filled).status_code for form in forms] == [303] * 3
    assert forms[2].send(client, filled | {"website": ""}).status_code == 303
    mended.has_listed(3)
    mended.cluster.has_rows("letter_reports", 1)
    assert "0 of 3 can be sent on" in mended.tally("retry", "--yes", "--source", "form")
    named = delivery_id_of("form", forms[0].fields["submission"])
    assert "Sent on: 5 letters" in mended.tally("retry", "--yes", named)
    mended.has_listed(2)
    mended.cluster.has_rows("letter_reports", 2)
    told = mended.tally("retry", "--yes", "--reason", "honeypot")
    assert "settled: it was sent again since" in told
    assert "Sent on: 5 letters" in told
    wait_for(lambda: len(mended.counted()) == 3, 30)
    assert {(one["channel"], one["letters"]) for one in mended.counted().values()} == {("form", 5)}


def test_a_correction_is_retried_unless_a_newer_one_came(mended: Mended) -> None:
    """A refused correction counts with the revision that it had; one that was overtaken changes nothing."""
    assert mended.collector is not None
    for key, is_overtaken in (("a", False), ("b", True)):
        headers = {"Idempotency-Key": key}
        assert mended.report(key, "amara") == 202
        refused = FORM | {"lines": [{"case": "noor", "letters": 9}], "modified_at": "2026-11-02T09:00:00Z"}
        assert mended.collector.client.put("/v1/reports", json=refused, headers=headers).status_code == 422
        if is_overtaken:
            newer = FORM | {"lines": [{"case": "rosa", "letters": 5}], "modified_at": "2026-11-02T10:00:00Z"}
            assert mended.collector.client.put("/v1/reports", json=newer, headers=headers).status_code == 202
    mended.has_listed(2)
    mended.cluster.has_rows("letter_reports", 2)
    mended.add_case()
    assert "Sent on: 9 letters" in mended.tally("retry", "--yes")
    mended.has_listed(0)
    wait_for(lambda: len(letters_of(mended.cluster.broker.address)) == 4, 30)
    reports = letters_of(mended.cluster.broker.address)
    wanted = recount(reports)
    assert wanted["w4r-2026", "case", "noor"] == (9, 1)
    assert wanted["w4r-2026", "case", "rosa"] == (5, 1)
    assert shown_totals(mended.cluster.broker.address, wanted, limit_seconds=60) == wanted
