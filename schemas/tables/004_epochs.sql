CREATE TABLE IF NOT EXISTS epochs
(
    epoch UInt32 COMMENT 'Counts up each time the log letters starts again from offset 0',
    log_id String COMMENT 'The id that the broker gave to the topic letters',
    opened_at DateTime64(3, 'UTC') COMMENT 'When it was opened',
    complete_at Array(UInt64) COMMENT 'Offset of each partition from which on its totals hold all that the epoch before had; empty during a restore',
    is_complete UInt8 COMMENT '1 once the restore has ended'
)
ENGINE = ReplacingMergeTree(is_complete)
ORDER BY epoch
COMMENT 'Lives of the log letters. Read with FINAL';
