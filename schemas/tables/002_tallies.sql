CREATE TABLE IF NOT EXISTS tallies
(
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    scope LowCardinality(String) COMMENT 'world, country, case, event, channel, kind or case-country',
    member String COMMENT 'One of the scope: all, NO, a case, none where no event, case:COUNTRY',
    epoch UInt32 COMMENT 'Life of the log that was counted',
    partition UInt16 COMMENT 'Partition that was counted',
    version UInt64 COMMENT 'How many records of the partition the total holds',
    letters Int64 COMMENT 'Absolute number of letters',
    reports Int64 COMMENT 'Absolute number of standing reports'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (campaign, scope, member, epoch, partition)
COMMENT 'Totals of each partition as the count workers emitted them. Read current_tallies, or with FINAL';

CREATE TABLE IF NOT EXISTS frames
(
    epoch UInt32 COMMENT 'Life of the log that was counted',
    partition UInt16 COMMENT 'Partition that was counted',
    version UInt64 COMMENT 'All totals of the partition are in tallies as of this version',
    checksum UInt64 COMMENT 'Sum of the digests of all totals of the partition, modulo 2^64',
    behind UInt64 COMMENT 'Records that were not counted yet',
    as_of DateTime64(3, 'UTC') COMMENT 'When the totals were complete'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (epoch, partition)
COMMENT 'The newest complete emission of each partition. Read with FINAL';

CREATE TABLE IF NOT EXISTS tally_minutes
(
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    scope LowCardinality(String) COMMENT 'world, country or case',
    member String COMMENT 'One of the scope',
    minute DateTime('UTC') COMMENT 'Minute of arrival at the collector',
    epoch UInt32 COMMENT 'Life of the log that was counted',
    partition UInt16 COMMENT 'Partition that was counted',
    version UInt64 COMMENT 'How many records of the partition the total holds',
    letters Int64 COMMENT 'Letters of standing reports that arrived in this minute',
    reports Int64 COMMENT 'Standing reports that arrived in this minute'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (campaign, scope, member, minute, epoch, partition)
COMMENT 'Totals of one minute of each partition. Read with FINAL and sum over partitions of one epoch';
