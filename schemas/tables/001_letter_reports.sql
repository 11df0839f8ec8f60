-- The truth: one row a report, whatever was delivered how often. Only report_id is in the sorting key, because
-- anything else can be corrected and would leave the old row standing.
CREATE TABLE IF NOT EXISTS letter_reports
(
    report_id UUID COMMENT 'The same for every copy, correction and withdrawal of a report',
    revision UInt64 COMMENT '0 for an original; a higher revision replaces the whole report',
    withdrawn Bool COMMENT 'Taken back: counts nothing',
    participant Nullable(UUID) COMMENT 'Keyed pseudonym, null where none was given',
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    `case` LowCardinality(String) COMMENT 'The person the letters are written for',
    event LowCardinality(String) COMMENT 'Letter-writing event; none where the report names none',
    country LowCardinality(String) COMMENT 'ISO 3166-1 alpha-2; ZZ where unknown',
    channel LowCardinality(String) COMMENT 'How the report came in',
    source LowCardinality(String) COMMENT 'Which form, platform or sheet of the channel',
    kind LowCardinality(String) COMMENT 'letter, email, card, signature, post or solidarity',
    letters UInt32 COMMENT 'How many were written',
    written_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Claimed by the participant, may be wrong',
    received_at DateTime64(3, 'UTC') COMMENT 'The clock of the collector',
    epoch UInt32 COMMENT 'Life of the log that the row was read from',
    partition UInt16 COMMENT 'Partition of the topic letters',
    offset UInt64 COMMENT 'Offset of the record in its partition',
    version UInt128 COMMENT 'revision * 2^64 + epoch * 2^48 + 2^48 - 1 - offset: the highest revision wins, among equals the newest log, in it the first record'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY report_id
COMMENT 'Letter reports as they stand. Read with FINAL; a report counts if NOT withdrawn AND letters > 0';
