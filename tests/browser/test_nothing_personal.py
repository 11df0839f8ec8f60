"""What people send of themselves is nowhere in what the counters tell, to people or to programs."""

import uuid
from collections.abc import Iterator
from typing import Final

import httpx

from schemas.receipt import Receipts
from tests.producers.form.forms import followed, opened
from tests.stacks import BODY, Up, wait_for

NAME: Final = "Zenobia Quartermaine"
ADDRESS: Final = "zenobia.quartermaine@post.example"
FREE_TEXT: Final = "my grandmother taught me to write"
ASKED: Final = {"campaign": "w4r-2026"}


def told(up: Up) -> Iterator[tuple[str, str]]:
    """Yield all that the counters tell, each with where."""
    counters = up.addresses["counters"]
    paths = ["/", "/case/rosa", "/case/rosa/sheet", "/country/PE", "/event/paris-library", "/event/paris-library/board"]
    paths += ["/v1/tallies", "/v1/tallies/case/rosa", "/v1/rates", "/v1/rates/case/rosa", "/v1/history"]
    paths += [f"/v1/top?scope={scope}" for scope in ("country", "case", "event", "channel", "kind")]
    paths += ["/v1/milestones", "/v1/milestones.atom", "/metrics", "/health/ready", "/openapi.json"]
    for path in paths:
        answer = up.web.get(httpx.URL(f"{counters}{path}").copy_merge_params(ASKED))
        assert answer.status_code == 200, path
        yield path, answer.text + str(answer.headers)
    with httpx.stream("GET", f"{counters}/v1/live", params=ASKED, timeout=30, trust_env=False) as stream:
        lines = []
        for line in stream.iter_lines():
            lines.append(line)
            if line == "event: rates":
                break
        yield "/v1/live", "\n".join(lines)


def test_nothing_of_a_person_is_told(up: Up) -> None:
    """A name, an address, free text, the receipt, its submission and its pseudonym are in no page, JSON or stream."""
    client = httpx.Client(base_url=up.addresses["collector"], trust_env=False)
    form = opened(client, "/form/w4r-2026?event=paris-library")
    filled = {"letters[rosa]": "5", "country": "PE", "email": ADDRESS, "name": NAME, "comment": FREE_TEXT}
    receipt = followed(client, form.send(client, filled))
    token = receipt.answer.request.url.path.rpartition("/")[2]
    said = Receipts([(up.data / "secrets" / "receipt_key").read_text()]).read(token)
    assert said
    assert said.participant
    more = {"email": ADDRESS, "name": NAME, "comment": FREE_TEXT, "event": "paris-library", "country": "PE"}
    key = str(uuid.uuid4())
    assert up.post(key, {**BODY, **more, "lines": [{"case": "rosa", "letters": 6}]}) == 202
    wait_for(lambda: up.world() == 11, 60)
    rates = f"{up.addresses['counters']}/v1/rates"
    wait_for(lambda: up.web.get(rates, params=ASKED).json().get("today", {}).get("letters") == 11, 60)
    secrets = [NAME, NAME.split()[1], ADDRESS, FREE_TEXT, token, said.participant, said.submission, key]
    looked = 0
    for where, text in told(up):
        looked += 1
        for secret in secrets:
            assert secret.lower() not in text.lower(), (where, secret)
    assert looked > 15
    client.close()
