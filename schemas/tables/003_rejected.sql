CREATE TABLE IF NOT EXISTS rejected
(
    origin String COMMENT 'topic/partition/offset of the refused record, or the delivery id of the collector',
    reason LowCardinality(String) COMMENT 'One of a closed list',
    field Nullable(String) COMMENT 'The field that was wrong',
    detail String COMMENT 'What was expected',
    value Nullable(String) COMMENT 'The record without personal data',
    rejected_at DateTime64(3, 'UTC') COMMENT 'When it was last refused'
)
ENGINE = ReplacingMergeTree(rejected_at)
ORDER BY origin
COMMENT 'What was not counted, and why. Read with FINAL';
