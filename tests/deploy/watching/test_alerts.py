"""Alerts: each fires when it should, is silent when it should, and says what to do."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
import yaml

from tests.deploy.watching.promql import check_expressions, labels_in, names_in, promtool

FOLDER = Path(__file__).parents[3] / "deploy" / "prometheus"
ALERTS = FOLDER / "alerts.yml"
RULES = {rule["alert"]: rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]}
ONE = {"instance": "one:1", "job": "letter-tally"}


class Case(NamedTuple):
    """Series, a value a minute, with which an alert fires after 90 minutes, and ones that leave it silent."""

    fires: dict[str, str]
    silent: dict[str, str]
    summary: str
    labels: Mapping[str, str] = MappingProxyType({})


def of(name: str, **labels: str) -> str:
    """Return a series of one process by its full name."""
    told = ", ".join(f'{key}="{value}"' for key, value in {**ONE, **labels}.items())
    return f"{name}{{{told}}}"


CASES = {
    "TallyPartAway": Case({of("up"): "0x90"}, {of("up"): "1x90"}, "one:1 does not answer", ONE),
    "TallyLags": Case(
        {of("tally_lag_seconds", partition="letters/3"): "120x90"},
        {of("tally_lag_seconds", partition="letters/3"): "59x90"},
        "one:1 is 2m 0s behind in letters/3",
        {"instance": "one:1", "partition": "letters/3"},
    ),
    "TallyWorkerHangs": Case(
        {of("tally_partitions_assigned"): "8x90", of("tally_last_emission_timestamp_seconds"): "5100x90"},
        {of("tally_partitions_assigned"): "8x90", of("tally_last_emission_timestamp_seconds"): "0+60x90"},
        "one:1 has partitions and has told no totals for 5m 0s",
        ONE,
    ),
    "TallyPartitionsUncounted": Case(
        {of("tally_partitions_assigned"): "8x90", of("tally_partitions_assigned", instance="two:1"): "3x90"},
        {of("tally_partitions_assigned"): "8x90", of("tally_partitions_assigned", instance="two:1"): "8x90"},
        "Only 11 partitions of letters and held are taken by workers",
    ),
    "TallyCounterStale": Case(
        {of("tally_frames_shown_total"): "7x90"},
        {of("tally_frames_shown_total"): "0+9x90", of("tally_frames_shown_total", instance="a worker"): "0x90"},
        "one:1 shows the public numbers that are minutes old, and says so",
        ONE,
    ),
    "TallyFramesUnproven": Case(
        {of("tally_frames_unproven_total"): "0+1x90"},
        {of("tally_frames_unproven_total"): "0x79 1 2 2x9"},
        "one:1 is told totals that do not add up, and stays at the last that did",
        ONE,
    ),
    "TallyRecordsLost": Case(
        {of("tally_offset_gaps_total"): "0x80 15x10"},
        {of("tally_offset_gaps_total"): "15x90"},
        "15 records were gone from the log before they were counted",
        ONE,
    ),
    "TallyDrifts": Case(
        {of("tally_drift_reports", campaign="w4r-2026", scope="case"): "1x90"},
        {of("tally_drift_letters", campaign="w4r-2026", scope="case"): "0x90"},
        "w4r-2026: totals by case are not what the stored letters come to",
        {"campaign": "w4r-2026", "scope": "case"},
    ),
    "TallyNotReconciled": Case(
        {of("tally_last_reconciled_timestamp_seconds"): "1800x90"},
        {
            of("tally_last_reconciled_timestamp_seconds"): "0+60x90",
            of("tally_last_reconciled_timestamp_seconds", instance="a worker"): "0x90",
        },
        "Stored letters and totals were last compared 1h 0m 0s ago",
    ),
    "TallyInsertsFail": Case(
        {of("tally_insert_errors_total", table="tallies"): "0+1x90"},
        {of("tally_insert_errors_total", table="tallies"): "9x90"},
        "ClickHouse does not take rows of tallies",
        {"table": "tallies"},
    ),
    "TallyOutboxWaits": Case(
        {of("tally_outbox_oldest_seconds"): "600x90"},
        {of("tally_outbox_oldest_seconds"): "12x90"},
        "Reports have waited for 10m 0s on the disk of one:1",
        ONE,
    ),
    "TallyOutboxFills": Case(
        {of("tally_outbox_bytes"): "0+10000000x90"},
        {of("tally_outbox_bytes"): "0+1000000x90"},
        "The outbox of one:1 will be full within the hour; then senders hear 503",
        ONE,
    ),
    "TallyOutboxBroken": Case(
        {of("tally_outbox_errors_total"): "0x87 3x3"},
        {of("tally_outbox_errors_total"): "3x90"},
        "one:1 can't keep reports on its disk",
        ONE,
    ),
    "TallyHeldWait": Case(
        {of("tally_held_oldest_seconds"): "172800x90"},
        {of("tally_held_oldest_seconds"): "3600x90"},
        "A held submission has waited for 2d 0h 0m 0s and counts nothing until then",
    ),
    "TallyManyRefused": Case(
        {of("tally_reports_refused_total", stage="collector", reason="unknown_case"): "0+10x90"},
        {
            of("tally_reports_refused_total", stage="collector", reason="unknown_case"): "0+10x90",
            of("tally_reports_accepted_total", channel="reports"): "0+1000x90",
        },
        "150 deliveries were refused in a quarter of an hour, more than a tenth of what counts",
    ),
    "TallyPetitionStandsStill": Case(
        {of("tally_last_polled_timestamp_seconds", source="site", petition="7"): "-5400x90"},
        {of("tally_last_polled_timestamp_seconds", source="site", petition="7"): "0+60x90"},
        "7 of site was last read 3h 0m 0s ago",
        {"source": "site", "petition": "7"},
    ),
    "TallyNobodyTellsMilestones": Case(
        {of("tally_milestones_seat"): "0x90"},
        {of("tally_milestones_seat"): "0x90", of("tally_milestones_seat", instance="two:1"): "1x90"},
        "No process tells milestones",
    ),
    "TallyWebhookWaits": Case(
        {of("tally_webhooks_waiting"): "2x90"},
        {of("tally_webhooks_waiting"): "2x80 0x10"},
        "2 milestones were not taken by the webhook's receiver",
    ),
}


def test_prometheus_can_read_its_files() -> None:
    """Prometheus's own tool finds no fault in configuration and rules."""
    assert f"{len(RULES)} rules found" in promtool("check", "rules", str(ALERTS))
    promtool("check", "config", str(FOLDER / "prometheus.yml"))


def test_alerts_name_only_what_parts_serve(tmp_path: Path) -> None:
    """Each expression names metrics of schemas/metrics.py, or Prometheus's own `up`, and labels that they have."""
    check_expressions({name: rule["expr"] for name, rule in RULES.items()}, tmp_path)


def test_names_and_labels_are_found_in_expressions() -> None:
    """What an expression asks for is told apart from functions, matchers, ranges and groupings."""
    expression = 'sum by (le, kind) (rate(one_total{job=~"a", kind!="b"}[5m])) > 1e3 or vector(0) and on (job) two'
    assert names_in(expression) == {"one_total", "two"}
    assert labels_in(expression) == {"le", "kind", "job"}


def test_every_alert_is_tried_and_says_what_to_do() -> None:
    """Each rule has a case here, a severity that somebody can route by, and two sentences for whom it wakes."""
    assert RULES.keys() == CASES.keys()
    for rule in RULES.values():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"].keys() == {"summary", "what_to_do"}
        assert rule["annotations"]["what_to_do"].endswith(".")


@pytest.mark.parametrize("alert", RULES)
def test_an_alert_fires_when_it_should_and_not_else(tmp_path: Path, alert: str) -> None:
    """Prometheus's own tool plays series to the rules: the alert fires with its words, and is silent in good times."""
    case, rule = CASES[alert], RULES[alert]
    fired = {
        "exp_labels": {**rule["labels"], **case.labels},
        "exp_annotations": {"summary": case.summary, "what_to_do": rule["annotations"]["what_to_do"]},
    }
    tests = [played(alert, case.fires, [fired]), played(alert, case.silent, [])]
    file = tmp_path / "played.yml"
    file.write_text(json.dumps({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": tests}))
    promtool("test", "rules", str(file))


def played(alert: str, series: dict[str, str], expected: list[Any]) -> dict[str, Any]:
    """Return a test of Prometheus's tool; JSON is YAML."""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [{"eval_time": "90m", "alertname": alert, "exp_alerts": expected}],
    }
