"""Every metric: its name, what it counts, and what to do about it."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

# Collectors. A rise of refused{reason} with one source: its configuration or the catalogue; look at `rejected`.
ACCEPTED: Final = Counter("tally_reports_accepted", "Reports acknowledged by Kafka", ["channel"])
REFUSED: Final = Counter("tally_reports_refused", "Submissions and records refused", ["stage", "reason"])
PUBLISH_SECONDS: Final = Histogram("tally_publish_seconds", "From send to Kafka's acknowledgement", buckets=_SECONDS)
PUBLISH_ERRORS: Final = Counter("tally_publish_errors", "Sends that Kafka did not acknowledge; is it up?")

# Count workers. duplicates rise when a platform redelivers: harmless. gaps: records were lost before counting; alarm.
COUNTED: Final = Counter("tally_letters_counted", "Records folded, whatever became of them")
DUPLICATES: Final = Counter("tally_duplicates", "Records that changed nothing: same or lower revision")
OFFSET_GAPS: Final = Counter("tally_offset_gaps", "Records that retention took before they were counted: restore")
REBALANCES: Final = Counter("tally_rebalances", "Assignments received; many an hour: look for workers that die")
RESEEKS: Final = Counter("tally_reseeks", "Positions set again because of a stale fetch or a stall")
BATCH_SECONDS: Final = Histogram("tally_batch_seconds", "Time of one batch by stage", ["stage"], buckets=_SECONDS)
LAST_EMISSION: Final = Gauge(
    "tally_last_emission_timestamp_seconds", "When totals were last emitted; old: worker stuck"
)
LAG_RECORDS: Final = Gauge("tally_lag_records", "Records in the log not yet taken; rising: add workers", ["partition"])

# Sinks. insert errors with rising lag: ClickHouse is away or refuses; nothing is lost, Kafka keeps it.
INSERT_SECONDS: Final = Histogram("tally_insert_seconds", "Time of one insert", ["table"], buckets=_SECONDS)
INSERTED: Final = Counter("tally_rows_inserted", "Rows that ClickHouse acknowledged", ["table"])
INSERT_ERRORS: Final = Counter("tally_insert_errors", "Inserts that failed and were tried again", ["table"])
DRIFT: Final = Gauge("tally_drift_letters", "Truth minus totals; not 0: run `tally reconcile`", ["campaign", "scope"])

# Counters. bad frames: a reader missed a record; heals within a minute, else look at the worker of that partition.
FRAMES: Final = Counter("tally_frames_shown", "Frames whose totals are shown")
BAD_FRAMES: Final = Counter("tally_frames_unproven", "Frames whose checksum or sums do not agree; not shown")
WATCHERS: Final = Gauge("tally_watchers", "Open live streams")
END_TO_END: Final = Histogram(
    "tally_end_to_end_seconds", "From received_at to shown or stored", ["to"], buckets=_SECONDS
)
