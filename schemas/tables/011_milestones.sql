CREATE TABLE IF NOT EXISTS milestones
(
    crossing_id UUID COMMENT 'The same for every copy of a crossing',
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    scope LowCardinality(String) COMMENT 'world, case or country',
    member String COMMENT 'One of the scope: all, a case, NO',
    milestone UInt64 COMMENT 'How many letters were to be reached',
    is_goal Bool COMMENT 'Whether it was the goal',
    state LowCardinality(String) COMMENT 'reached, or unreached by corrections',
    ordinal UInt32 COMMENT 'Number of the crossing of this milestone, from 1: odd ones reach it',
    letters Int64 COMMENT 'The total that it was told of',
    as_of DateTime64(3, 'UTC') COMMENT 'When that total stood',
    counted_epoch UInt32 COMMENT 'Epoch of that total',
    versions Array(UInt64) COMMENT 'Records counted of each partition in that total',
    epoch UInt32 COMMENT 'Life of the log that the row was read from',
    offset UInt64 COMMENT 'Offset of the record in the topic milestones',
    version UInt64 COMMENT 'epoch * 2^48 + 2^48 - 1 - offset: the newest log wins, in it the first record'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (campaign, scope, member, milestone, ordinal, crossing_id)
COMMENT 'Every crossing of a milestone that was told. Read with FINAL; the highest ordinal of a milestone says how it stands';

CREATE TABLE IF NOT EXISTS milestone_deliveries
(
    crossing_id UUID COMMENT 'Of the crossing',
    delivered_at DateTime64(3, 'UTC') COMMENT 'When the webhook''s receiver took it'
)
ENGINE = ReplacingMergeTree
ORDER BY crossing_id
COMMENT 'Crossings that the webhook''s receiver has taken. Read with FINAL';
