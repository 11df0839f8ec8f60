"""Every metric: its name, what it counts, and in the comment above it what to do about it."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LONG_SECONDS: Final = (*_SECONDS, 300, 1800, 7200, 86_400)

# Every process.

# Rising for minutes: more count workers (up to one a partition); in a sink, look at insert errors first.
LAG_RECORDS: Final = Gauge("tally_lag_records", "Records in the log not yet counted or stored", ["partition"])
# The one to alert on (over 60): the oldest record that waits. Only its owner shows a partition; take the maximum.
LAG_SECONDS: Final = Gauge("tally_lag_seconds", "Age of the oldest record not yet counted or stored", ["partition"])
# A source with many refused: its configuration or the catalogue; the records and reasons are on `rejected`.
REFUSED: Final = Counter("tally_reports_refused", "Submissions and records refused", ["stage", "reason"])
# Nothing to do by itself. From received_at to `shown` by a counter (the oldest report of each frame that it shows
# first, since its start) or `stored` in ClickHouse (an even sample). Large while a backlog, an outbox or a lost log
# is caught up with: the letters really were not to be seen that long.
END_TO_END: Final = Histogram(
    "tally_end_to_end_seconds", "From received_at to shown or stored", ["to"], buckets=_LONG_SECONDS
)

# Collectors.

# Falls to nothing during a campaign: can senders reach the collector?
ACCEPTED: Final = Counter("tally_reports_accepted", "Reports that Kafka or the outbox has", ["channel"])
# Nothing to do by itself: tests, drafts, event types that do not count. All of a source's: its platform changed.
IGNORED: Final = Counter("tally_deliveries_ignored", "Neither counted nor refused", ["channel", "reason"])
# `country`: counted as ZZ, since nobody knows what was said; `written_at`: counted without the day, which can't be.
# Many of a source: ask for the country by a list of choices, or look at what its form takes for it.
LEFT_OUT: Final = Counter(
    "tally_values_left_out", "Values that say what can't be, counted without", ["source", "field"]
)
# By `address`: somebody floods, or a hall shares one: raise TALLY_ADDRESS_PER_MINUTE; or is a proxy not named in
# TALLY_TRUSTED_PROXIES? By `source`: a platform sends everything again. By `room` (503): slow senders fill the memory
# for bodies on their way in; start another collector, or shut them out in front of it.
LIMITED: Final = Counter("tally_requests_limited", "Requests told to wait, by what was limited", ["by"])
# Over a second: Kafka's disks or replicas are slow.
PUBLISH_SECONDS: Final = Histogram("tally_publish_seconds", "From send to Kafka's acknowledgement", buckets=_SECONDS)
# Rising: Kafka is away or overloaded; reports wait in the outbox, see tally_outbox_records.
PUBLISH_ERRORS: Final = Counter("tally_publish_errors", "Publications that Kafka did not acknowledge")
# More than one `made` a start, while Kafka is up: look at the network between. `wrong_topics`: see readiness.
CONNECTIONS: Final = Counter("tally_publish_connections", "Attempts to connect to Kafka, by outcome", ["outcome"])
# Not 0 for minutes: Kafka is away (see readiness and the log); with an embedded broker, ClickHouse stores nothing.
OUTBOX_RECORDS: Final = Gauge("tally_outbox_records", "Records on the collector's disk, not known to be safe elsewhere")
# Compare with TALLY_OUTBOX_MOST_BYTES: there, senders hear 503 unless Kafka takes their reports at once.
OUTBOX_BYTES: Final = Gauge("tally_outbox_bytes", "What the outbox uses of the disk")
# As tally_outbox_records; so long reports have not been counted, if Kafka is away.
OUTBOX_OLDEST: Final = Gauge("tally_outbox_oldest_seconds", "Age of the oldest record in the outbox; 0 for none")
# Only to compare with: nothing to do.
OUTBOX_RELAYED: Final = Counter("tally_outbox_relayed", "Records sent from the outbox that Kafka acknowledged")
# Any: the disk is full, slow or broken; senders hear 503, unless Kafka takes their reports at once.
OUTBOX_ERRORS: Final = Counter("tally_outbox_errors", "Times that the outbox could not keep, read or forget")

# Pollers of petition counters.

# Not `page`, `unchanged`: the log says why. `too_many_requests`: poll less often. `not_published`: Kafka is away.
POLLS: Final = Counter("tally_polls", "Pages of petitions asked for, by outcome", ["source", "outcome"])
# Older than some of the source's intervals: its number stands still; what readiness says of it names the reason.
LAST_POLLED: Final = Gauge(
    "tally_last_polled_timestamp_seconds", "When the newest page was published, or nothing new", ["source", "petition"]
)

# Workers: those that count, and, where it fits, those of held reports.

# Less than tally_reports_accepted over an hour, with no lag: look at refused{stage="streams"}.
COUNTED: Final = Counter("tally_records_counted", "Records folded, whatever became of them")
# The sum of a campaign (of each partition the maximum) is the world's number; another on the page: see its age there.
LETTERS: Final = Gauge(
    "tally_letters_counted", "Letters that stand, by partition counted here", ["campaign", "partition"]
)
# Harmless: platforms redeliver, workers replay. A jump without either: a source sends everything again.
DUPLICATES: Final = Counter("tally_duplicates", "Records that changed nothing: same or lower revision")
# Any: records were lost before they were counted. Alarm; restore from ClickHouse.
OFFSET_GAPS: Final = Counter("tally_offset_gaps", "Records that were gone from the log before they were counted")
# Many an hour: look for workers that die or are too slow for the session timeout.
REBALANCES: Final = Counter("tally_rebalances", "Assignments of partitions received")
# The sum over workers is less than the partitions for minutes: nobody counts the rest; start a worker.
ASSIGNED: Final = Gauge("tally_partitions_assigned", "Partitions that this worker takes")
# Many an hour: fetches are stale again and again; look at the brokers.
RESEEKS: Final = Counter("tally_reseeks", "Positions set again because of a stale fetch or a stall")
# `read` and `fold` rise: the processor is busy, add workers. `send` rises: Kafka is slow to acknowledge.
BATCH_SECONDS: Final = Histogram("tally_batch_seconds", "Time of one batch by stage", ["stage"], buckets=_SECONDS)
# Any: Kafka did not acknowledge in time; the worker stops at once and counts again what it could not tell.
SEND_ERRORS: Final = Counter("tally_send_errors", "Totals, reports or rejections that Kafka did not acknowledge")
# Harmless to the totals, which do not depend on commits; many: Kafka's group coordinator is slow.
COMMIT_ERRORS: Final = Counter("tally_commit_errors", "Commits of offsets that failed", ["stage"])
# Older than a minute where tally_partitions_assigned is over 0: the worker hangs; liveness says so too.
LAST_EMISSION: Final = Gauge("tally_last_emission_timestamp_seconds", "When totals were last acknowledged by Kafka")

# Workers of held reports; the sum over workers is all that waits.

# `review` rises: somebody must look, see `tally held list`. `confirmation`: do the platform's confirmations arrive?
HELD_WAITING: Final = Gauge("tally_held_waiting", "Submissions that wait, by what they need", ["need"])
# The maximum over workers. Over a day, shortly before a number is published over an hour: see `tally held list`.
HELD_OLDEST: Final = Gauge("tally_held_oldest_seconds", "Age of the submission that has waited longest; 0 for none")
# Nothing to do by itself. More than were held: a state was lost, and what was released before was sent again.
HELD_RELEASED: Final = Counter("tally_held_released", "Reports that were sent on to be counted")
# Nothing to do by itself; each is on `rejected`.
HELD_DISCARDED: Final = Counter("tally_held_discarded", "Reports that a verdict has discarded")

# ClickHouse sinks.

# Over some seconds: ClickHouse is busy, or merges too many parts.
INSERT_SECONDS: Final = Histogram("tally_insert_seconds", "Time of one insert", ["table"], buckets=_SECONDS)
# Only to compare with: nothing to do.
INSERTED: Final = Counter("tally_rows_inserted", "Rows that ClickHouse acknowledged", ["table"])
# Rising with lag: ClickHouse is away or refuses. Nothing is lost, Kafka keeps it until ClickHouse is back.
INSERT_ERRORS: Final = Counter("tally_insert_errors", "Inserts that failed and were tried again", ["table"])
# Not 0: run `tally reconcile`, which names the members; do not publish the campaign's numbers before it agrees.
DRIFT: Final = Gauge("tally_drift_letters", "Letters by which truth and totals differ", ["campaign", "scope"])
# As tally_drift_letters.
DRIFT_REPORTS: Final = Gauge("tally_drift_reports", "Reports by which truth and totals differ", ["campaign", "scope"])
# The maximum over sinks is older than some intervals: nobody knows whether the numbers drift; see the next one.
LAST_RECONCILED: Final = Gauge("tally_last_reconciled_timestamp_seconds", "When truth and totals were last compared")
# `no_cut` now and then: a sink or worker was behind. `clickhouse`, `kafka`: it is away. `fault`: see the log.
RECONCILE_ERRORS: Final = Counter("tally_reconcile_errors", "Comparisons that came to no verdict", ["reason"])

# Counters.

# Stops while letters come in: look at the count workers' last emission.
FRAMES: Final = Counter("tally_frames_shown", "Frames whose totals are shown")
# Heals within a minute; if not, look at the worker of that partition.
BAD_FRAMES: Final = Counter("tally_frames_unproven", "Frames whose checksum or sums do not agree; not shown")
# Any: somebody else writes to `tallies`, or frames get lost; healed by the next keyframe.
TOTALS_DROPPED: Final = Counter("tally_totals_dropped", "Totals forgotten because no frame covered them")
# Not 0 for minutes: records of `minutes` got lost; those minutes stay as they were before. Start the counter again.
UNSETTLED_MINUTES: Final = Gauge("tally_minutes_unsettled", "Past minutes with changes that do not add up yet")
# Many: look at the network between counter and brokers; what is shown goes stale and says so.
READ_ERRORS: Final = Counter("tally_read_errors", "Times that reading from Kafka failed and began again")
# Rising: people at /you see only what their receipt says. `slow`, `refused`: look at ClickHouse. `busy`: too many ask.
OWN_LETTERS_ERRORS: Final = Counter(
    "tally_own_letters_errors", "Times that nobody could tell a person's own", ["reason"]
)
# Near what one process can serve (some thousands): start another counter.
WATCHERS: Final = Gauge("tally_watchers", "Open live streams")

# Those who tell milestones.

# Only to compare with: each is in the feed. Many `unreached`: letters are corrected often; run `tally reconcile`.
MILESTONES_TOLD: Final = Counter("tally_milestones_told", "Crossings of milestones that were told", ["state"])
# Not `delivered`: the receiver of TALLY_MILESTONES_URL refuses, is away or is too slow; the log says which.
WEBHOOKS: Final = Counter("tally_webhooks", "Attempts to deliver a milestone to the webhook, by outcome", ["outcome"])
# Over 0 for an hour: mend the receiver; what was given up is tried again by a process that is started anew.
WEBHOOKS_WAITING: Final = Gauge("tally_webhooks_waiting", "Milestones that the webhook has not taken yet")
# Only for comparison: 1 in one of the copies, 0 in those that stand by. 0 in all for a minute: look at their logs.
SEAT: Final = Gauge("tally_milestones_seat", "Whether this process is the one that tells milestones")

# The charts page.

# Rising: people at /history see words instead of charts. `slow`, `refused`: look at ClickHouse. `busy`: too many ask.
HISTORY_ERRORS: Final = Counter("tally_history_errors", "Questions about history that nobody answered", ["reason"])
# `ask` over a second: ClickHouse is busy. `draw`: this machine is; charts are drawn one after another.
HISTORY_SECONDS: Final = Histogram("tally_history_seconds", "Time to ask or draw", ["what"], buckets=_SECONDS)
