"""`tally audit` on real engines: what was published is recounted from the log, and what changed since is explained."""

import json
import os
import subprocess
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from schemas.report import LetterReport
from tests.counting import PARTITIONS, produce
from tests.deploy.audit.publishing import publish_all
from tests.deploy.cluster import Cluster
from tests.histories import report_of
from tests.holdings import hold, submission_of
from tests.stacks import TALLY, wait_for

CAMPAIGN = "w4r-2026"
LATE = 1_800_000_000_000
"""15 January 2027, when the example campaign has closed."""


def audited(cluster: Cluster, *options: str, status: int = 0) -> str:
    """Return what the audit says on standard output."""
    told = os.environ | cluster.settings | {"COLUMNS": "200"}
    command = [*TALLY, "audit", CAMPAIGN, *options]
    done = subprocess.run(command, env=told, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def audited_json(cluster: Cluster, status: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(audited(cluster, "--json", status=status))
    assert found["agrees"] == (status == 0)
    return found


def causes_of(found: dict[str, Any], of: str, scope: str, member: str) -> dict[str, int]:
    """Return the letters of each cause of a figure of a publication."""
    (publication,) = [one for one in found["publications"] if one["publication_id"] == of]
    (figure,) = [one for one in publication["figures"] if (one["scope"], one["member"]) == (scope, member)]
    causes = {cause: pair["letters"] for cause, pair in figure["causes"].items() if pair["letters"]}
    assert figure["published"]["letters"] + sum(causes.values()) == figure["now"]["letters"]
    return causes


def send(cluster: Cluster, reports: Sequence[LetterReport]) -> None:
    """Send reports that change something, and wait until ClickHouse has them."""
    produce(cluster.broker.address, reports)
    wanted = {(UUID(one["report_id"]), one["revision"]) for one in reports}
    query = "SELECT report_id, revision FROM letter_reports FINAL"
    wait_for(lambda: wanted <= set(cluster.clickhouse.ask(query)), 60)


def report(number: int, revision: int = 0, letters: int = 5, place: int = 1, **said: Any) -> LetterReport:  # noqa: ANN401 (any field)
    withdrawn = said.pop("withdrawn", False)
    made: Any = report_of(number, revision, letters, place, withdrawn=withdrawn)
    return made | said  # type: ignore[no-any-return]  # the same keys


def publish(cluster: Cluster, until: datetime | None = None) -> str:
    with closing(cluster.clickhouse.connect()) as client:
        return publish_all(client, CAMPAIGN, PARTITIONS, until)


def change_much(cluster: Cluster) -> None:
    """Send new letters and late ones, a correction, a move and a withdrawal, each twice, and release what was held."""
    new = [report(100 + number, letters=2) for number in range(3)]
    late = [report(200 + number, letters=7, received_at=LATE) for number in range(2)]
    changed = [report(1, 1, 9), report(3, 1, 6, place=3), report(5, 1, 5, withdrawn=True)]
    send(cluster, [*new, *late, *changed, *new, *changed])
    held = submission_of(1)
    hold(cluster.broker.address, [held])
    cluster.has_rows("held_submissions", 2)
    cluster.tally("held", "release", held["submission_id"], "--revision", "0")
    cluster.has_rows("letter_reports", 47)


def spoil(cluster: Cluster, letters: str) -> None:
    with closing(cluster.clickhouse.connect()) as client:
        client.command(
            f"ALTER TABLE letter_reports UPDATE letters = {letters} WHERE report_id = '{UUID(int=7)}'",
            settings={"mutations_sync": 1},
        )


@pytest.mark.timeout(600)
def test_an_audit_explains_what_changed_since_a_publication(cluster: Cluster) -> None:
    """Every letter between what was published and what stands has its cause; what is spoiled is found and named."""
    cluster.start_part("streams")
    send(cluster, [report(number) for number in range(40)])
    said = audited(cluster)
    assert "Nothing was published of it." in said
    assert "Log, ClickHouse and totals agree" in said
    publication, of_the_year = publish(cluster), publish(cluster, datetime(2027, 1, 1, tzinfo=UTC))
    assert causes_of(audited_json(cluster), publication, "world", "all") == {}

    change_much(cluster)
    found = audited_json(cluster)
    world = {"new": 6, "late": 14, "corrected": 5, "withdrawn": -5, "released": 1}
    assert causes_of(found, publication, "world", "all") == world
    assert causes_of(found, of_the_year, "world", "all") == {cause: n for cause, n in world.items() if cause != "late"}
    assert causes_of(found, publication, "country", "PL") == {**world, "corrected": 4, "moved": -5}
    assert causes_of(found, publication, "case", "case-1") == {**world, "corrected": 4, "moved": -5}
    assert causes_of(found, publication, "case", "case-0") == {"corrected": 1, "moved": 5}
    assert {one["letters"] for one in found["now"]["log"] if one["scope"] == "world"} == {221}
    said = audited(cluster, "--scope", "country")
    assert f"Publication {publication}" in said
    assert "moved" in said

    spoil(cluster, "letters + 1")
    found = audited_json(cluster, status=1)
    assert any(one.startswith(f"report {UUID(int=7)}: the log says 5 letters") for one in found["findings"])
    assert any(one.startswith("world all in partition") for one in found["findings"])
    spoil(cluster, "letters - 1")
    audited(cluster)

    be_published_wrongly(cluster, publication)
    lose_the_log(cluster, publication)


def be_published_wrongly(cluster: Cluster, publication: str) -> None:
    """Give out a figure that the log does not say, and be told so; then the right one."""
    names = ["publication_id", "scope", "member", "letters", "reports"]
    with closing(cluster.clickhouse.connect()) as client:
        client.insert("publication_figures", [[publication, "world", "all", 201, 40]], column_names=names)
        found = audited_json(cluster, status=1)
        assert found["findings"] == []
        assert "gives 201 letters in 40 reports for world all, and the log up to there comes to 200 letters" in str(
            found
        )
        client.insert("publication_figures", [[publication, "world", "all", 200, 40]], column_names=names)
    audited(cluster)


def lose_the_log(cluster: Cluster, publication: str) -> None:
    """Restore a lost log: the publication can't be recounted, which is said, and only what is certain is explained."""
    cluster.lose_the_log()
    cluster.tally("restore")
    cluster.start_parts()
    cluster.start_part("streams")
    again = "SELECT count() FROM letter_reports FINAL WHERE epoch = 2"
    wait_for(lambda: cluster.clickhouse.ask(again) == [(47,)], 60)
    said = audited(cluster, status=1)
    assert f"publication {publication} was counted on epoch 1 of the log, and this is epoch 2" in said
    assert "untold" in said
    found = audited_json(cluster, status=1)
    assert found["findings"] == []
    assert causes_of(found, publication, "world", "all") == {"late": 14, "released": 1, "untold": 6}


def test_what_can_not_be_audited_is_a_sentence(cluster: Cluster) -> None:
    """A campaign and a scope that are none end with what was expected."""
    assert "nothing was ever reported or published of a campaign 'nobody'" in cluster.tally("audit", "nobody", status=1)
    assert "--scope: expected one of world, country" in cluster.tally("audit", "x", "--scope", "planet", status=1)
