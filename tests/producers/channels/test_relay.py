"""The Apps Script relay for Google Forms, run by the JavaScript engine that comes with Playwright."""

import json
import subprocess
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright._impl._driver import compute_driver_executable

import producers.channels.google_forms as folder
from producers.channels.google_forms.read import read
from producers.channels.reading import Delivery, Draft
from producers.channels.signatures import Proof, refused_proof
from producers.channels.source import Source

FOLDER = Path(folder.__path__[0])
NODE, _ = compute_driver_executable()
SOURCE = Source.model_validate(tomllib.loads((FOLDER / "samples" / "source.toml").read_text()))
ITEMS = [{"id": 1, "title": "Za kogo?"}, {"id": 2, "title": "Ile listów?"}, {"id": 3, "title": "Ile listów?"}]
FIRST = {"id": "r1", "time": "2025-12-10T09:00:00.000Z", "answers": [[1, "Amara N. (Nigeria)"], [2, "5"]]}
SECOND = {"id": "r2", "time": "2025-12-10T09:05:00.000Z", "answers": [[1, "Ilya P."], [2, "2"], [3, "1"]]}


def relayed(
    *, responses: list[dict[str, Any]], statuses: Sequence[object] = (), sent: str = "0", submitted: str | None = None
) -> dict[str, Any]:
    given = {
        "items": ITEMS,
        "responses": responses,
        "submitted": submitted,
        "statuses": statuses,
        "properties": {"SECRET": "klucz-ż", "ADDRESS": "https://collector.example.org", "SENT_UNTIL": sent},
    }
    command = [NODE, str(Path(__file__).with_name("google_services.js")), str(FOLDER / "relay.gs")]
    done = subprocess.run(command, input=json.dumps(given).encode(), capture_output=True, check=True, timeout=60)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def drafts(post: dict[str, Any]) -> list[Draft]:
    readings = read(Delivery(post["body"].encode(), {}, 0), SOURCE)
    return [reading for reading in readings if isinstance(reading, Draft) and not reading.withdrawn]


def test_what_is_posted_proves_where_it_comes_from_and_is_read() -> None:
    """A response arrives signed over its own bytes, and its reader finds the case and the count."""
    (post,) = relayed(responses=[{**FIRST, "email": "zofia@example.org"}], submitted="r1")["posts"]
    headers = {name.lower(): value for name, value in post["headers"].items()}
    proof = Proof(post["body"].encode(), headers, None)
    assert refused_proof("timestamped", proof, ["klucz-ż"], time.time()) is None
    assert refused_proof("timestamped", proof, ["another"], time.time()) is not None
    (draft,) = drafts(post)
    assert (draft.submission, draft.case, draft.letters, draft.email) == (
        "r1",
        "Amara N. (Nigeria)",
        5,
        "zofia@example.org",
    )


def test_a_question_that_is_asked_twice_keeps_both_answers() -> None:
    """The second question of the same text has a name of its own, whether or not the first is answered."""
    answers = [
        json.loads(relayed(responses=[response])["posts"][0]["body"])["answers"]
        for response in (SECOND, {**SECOND, "answers": [[3, "1"]]})
    ]
    assert answers == [{"Za kogo?": "Ilya P.", "Ile listów?": "2", "Ile listów? (2)": "1"}, {"Ile listów? (2)": "1"}]


def test_what_an_outage_kept_back_is_sent_by_the_next_run() -> None:
    """After five attempts the script fails aloud and forgets nothing: the next run sends all that is missing."""
    failed = relayed(responses=[FIRST, SECOND], statuses=[503, "unreachable", 503, 500, 503], submitted="r2")
    assert len(failed["posts"]) == 5
    assert failed["error"] == "The collector did not accept a response"
    assert failed["properties"]["SENT_UNTIL"] == "0"
    after = relayed(responses=[FIRST, SECOND], sent=failed["properties"]["SENT_UNTIL"])
    assert [json.loads(post["body"])["response_id"] for post in after["posts"]] == ["r1", "r2"]
    assert after["error"] is None


def test_a_response_is_tried_again_until_it_is_accepted() -> None:
    """A refused attempt is followed by another, with the same body."""
    posts = relayed(responses=[FIRST], statuses=[503, 200])["posts"]
    assert len({post["body"] for post in posts}) == 1
    assert len(posts) == 2


def test_a_changed_response_replaces_the_earlier_one() -> None:
    """A response that was changed without a new time still has a higher revision than it had."""
    before = relayed(responses=[FIRST, SECOND])
    changed = {**FIRST, "answers": [[1, "Ilya P."], [2, "3"]]}
    after = relayed(responses=[changed, SECOND], sent=before["properties"]["SENT_UNTIL"], submitted="r1")
    (old,), (new,) = drafts(before["posts"][0]), drafts(after["posts"][0])
    assert (new.submission, new.line) == (old.submission, old.line)
    assert new.revision > old.revision
    assert (new.case, new.letters) == ("Ilya P.", 3)
