"""The form's proof of work: who proves counts at once, who does not is looked at, and a proof is good for one form."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from altcha import Challenge, Payload, solve_challenge
from hypothesis import given
from hypothesis import strategies as st

from producers.form.proofs import Proofs
from schemas.topics import HELD
from tests.brokers import EmbeddedBroker
from tests.producers.conftest import CollectorProcess, collecting
from tests.producers.form.forms import Page, followed, opened
from tests.producers.test_collector import records
from tests.producers.test_corrections import counted
from tests.stacks import wait_for

FORM = "/form/w4r-2026"
FILLED = {"letters[amara]": "5", "country": "ES"}
KEY = "k" * 32
PROOFS = Proofs(KEY, 1)


@pytest.fixture
def running(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> Iterator[CollectorProcess]:
    """Run a collector that asks browsers for a proof."""
    settings = {"TALLY_CAPTCHA_KEY": KEY, "TALLY_CAPTCHA_ROUNDS": "10"}
    with collecting(broker.address, campaigns, tmp_path, settings) as running:
        yield running


def proof_of(challenge: str | None) -> str:
    """Work on a challenge, as a browser does."""
    assert challenge is not None
    asked = Challenge.from_dict(json.loads(challenge))
    solution = solve_challenge(asked)
    assert solution is not None
    return Payload(asked, solution).to_base64()


def proof_for(form: Page) -> dict[str, str]:
    return {"proof": proof_of(form.attributes["proof"]["data-challenge"])}


def test_who_proves_counts_and_who_does_not_waits(running: CollectorProcess, broker: EmbeddedBroker) -> None:
    """With a proof there is a receipt; without one, or with another form's, a person looks first, and no receipt."""
    client = running.client
    proven, unproven, borrowed = (opened(client, FORM) for _ in range(3))
    proof = proof_for(proven)
    assert "You reported 5 letters." in followed(client, proven.send(client, FILLED | proof)).text
    for form, sent in ((unproven, FILLED), (borrowed, FILLED | proof)):
        answer = form.send(client, sent)
        assert answer.status_code == 200
        assert "A person looks at it before it is counted" in answer.text
        assert "/receipt/" not in answer.text
    held = [json.loads(record.value) for record in records(broker.address, HELD.name, 2)]
    assert [one["needs"] for one in held] == [["review"]] * 2
    wait_for(lambda: counted(broker.address) == {"all": (5, 1), "amara:ES": (5, 1)}, 30)


def test_a_form_that_must_be_mended_asks_anew(running: CollectorProcess, broker: EmbeddedBroker) -> None:
    """What is shown again with its mistakes has a challenge for the same submission, and counts once mended."""
    form = opened(running.client, FORM)
    again = Page(form.send(running.client, {"letters[amara]": "many", "country": "ES"} | proof_for(form)))
    assert again.answer.status_code == 422
    assert again.fields["submission"] == form.fields["submission"]
    followed(running.client, again.send(running.client, FILLED | proof_for(again)))
    wait_for(lambda: counted(broker.address) == {"all": (5, 1), "amara:ES": (5, 1)}, 30)


def test_a_proof_is_good_for_its_submission_only() -> None:
    """Signed by us, worked for, and of this very form: each of the three is needed."""
    mine, other = str(uuid4()), str(uuid4())
    proof = proof_of(PROOFS.challenge(mine))
    assert PROOFS.is_proven(mine, proof)
    assert not PROOFS.is_proven(other, proof)
    assert not PROOFS.is_proven(mine, proof_of(Proofs("x" * 32, 1).challenge(mine)))
    said = json.loads(base64.b64decode(proof))
    said["solution"]["counter"] += 1
    assert not PROOFS.is_proven(mine, base64.b64encode(json.dumps(said).encode()).decode())


def test_without_a_key_nobody_is_asked() -> None:
    """Everybody is believed then."""
    proofs = Proofs(None, 1)
    assert proofs.challenge("one") is None
    assert proofs.is_proven("one", "")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["challenge", "solution"]), inner),
)


@given(st.text() | json_values.map(lambda value: base64.b64encode(json.dumps(value).encode()).decode()))
def test_whatever_is_sent_as_a_proof_is_answered(sent: str) -> None:
    """Nothing that is no proof is one, and nothing is an error."""
    assert not PROOFS.is_proven("one", sent)
