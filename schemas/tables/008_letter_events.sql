CREATE TABLE IF NOT EXISTS letter_events
(
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    event String COMMENT 'The name that reports use',
    name String COMMENT 'What people call it',
    place String COMMENT 'Where it is held',
    country LowCardinality(String) COMMENT 'ISO 3166-1 alpha-2; ZZ where it has none',
    date Date32 COMMENT 'When it is held, by the calendar of its place',
    registered_at DateTime64(3, 'UTC') COMMENT 'When it was registered in this way; the last one stands'
)
ENGINE = ReplacingMergeTree(registered_at)
ORDER BY (campaign, event)
COMMENT 'Events that organisers registered, beside those of the campaign files. Read with FINAL';
