"""Operations: what every part says of itself, from Prometheus; what to do about it is in schemas/metrics.py."""

from typing import Final

from deploy.grafana.panels import Json, dashboard, metric

_P99: Final = "histogram_quantile(0.99, sum by (le, {by}) (rate({name}_bucket[5m])))"


def operations() -> Json:
    """Return the dashboard."""
    panels = [
        metric("Parts that answer", {"{{instance}}": 'up{job="letter-tally"}'}),
        metric(
            "Oldest record that waits",
            {"{{instance}} {{partition}}": "max by (instance, partition) (tally_lag_seconds) > 0"},
            "s",
        ),
        metric("Accepted a second", {"{{channel}}": "sum by (channel) (rate(tally_reports_accepted_total[5m]))"}),
        metric("Counted a second", {"{{instance}}": "sum by (instance) (rate(tally_records_counted_total[5m])) > 0"}),
        metric(
            "99 % are shown and stored within",
            {"{{to}}": _P99.format(by="to", name="tally_end_to_end_seconds")},
            "s",
        ),
        metric(
            "Refused in a quarter of an hour",
            {"{{stage}} {{reason}}": "sum by (stage, reason) (increase(tally_reports_refused_total[15m])) > 0"},
        ),
        metric(
            "Waits in the outbox",
            {
                "records of {{instance}}": "sum by (instance) (tally_outbox_records) > 0",
                "seconds of {{instance}}": "max by (instance) (tally_outbox_oldest_seconds) > 0",
            },
        ),
        metric("Held, by what they need", {"{{need}}": "sum by (need) (tally_held_waiting)"}),
        metric("Held for", {"oldest": "max(tally_held_oldest_seconds)"}, "s"),
        metric(
            "Letters by which truth and totals differ",
            {"{{campaign}} {{scope}}": "max by (campaign, scope) (tally_drift_letters)"},
        ),
        metric("Compared last", {"ago": "time() - max(tally_last_reconciled_timestamp_seconds)"}, "s"),
        metric("99 % of inserts take", {"{{table}}": _P99.format(by="table", name="tally_insert_seconds")}, "s"),
        metric("Inserts that failed", {"{{table}}": "sum by (table) (increase(tally_insert_errors_total[5m]))"}),
        metric("Watchers of the live stream", {"{{instance}}": "sum by (instance) (tally_watchers) > 0"}),
    ]
    return dashboard(
        "letter-tally-operations",
        "Operations",
        about="Every metric, with what to do about it, is in schemas/metrics.py; what wakes somebody is in alerts.yml.",
        panels=panels,
        variables=[],
        seen={"time": {"from": "now-6h", "to": "now"}, "refresh": "30s"},
    )
