-- What waits and what was decided, as it came. Every verdict is kept, because the first outcome of a revision is final:
-- only the order in which they came tells which that was.
CREATE TABLE IF NOT EXISTS held_submissions
(
    submission_id UUID COMMENT 'The same for every copy and correction of a submission',
    revision UInt64 COMMENT 'Revision of all its reports; a higher one replaces them',
    number UInt16 COMMENT 'Place of the report in its submission, from 0',
    needs Array(LowCardinality(String)) COMMENT 'What must be given before the reports count: confirmation, review',
    held_at DateTime64(3, 'UTC') COMMENT 'When a collector held it',
    report_id UUID COMMENT 'Of the held report',
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    `case` LowCardinality(String) COMMENT 'The person the letters are written for',
    event LowCardinality(String) COMMENT 'Letter-writing event; none where the report names none',
    country LowCardinality(String) COMMENT 'ISO 3166-1 alpha-2; ZZ where unknown',
    channel LowCardinality(String) COMMENT 'How the report came in',
    source LowCardinality(String) COMMENT 'Which form, platform or sheet of the channel',
    kind LowCardinality(String) COMMENT 'letter, email, card, signature, post or solidarity',
    withdrawn Bool COMMENT 'Takes the report back once it is released',
    letters UInt32 COMMENT 'How many it says were written',
    payload String COMMENT 'The whole report as JSON, as it will be sent on',
    epoch UInt32 COMMENT 'Life of the log that the row was read from',
    partition UInt16 COMMENT 'Partition of the topic held',
    offset UInt64 COMMENT 'Offset of the record in its partition',
    version UInt64 COMMENT 'epoch * 2^48 + 2^48 - 1 - offset: the newest log wins, in it the first record'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (submission_id, revision, number)
COMMENT 'Reports that were held, whatever became of them. Read with FINAL; what still waits is in held_reports';

CREATE TABLE IF NOT EXISTS held_verdicts
(
    submission_id UUID COMMENT 'Of the submission that was decided on, be it before it came',
    gives LowCardinality(String) COMMENT 'The need that the verdict speaks to: confirmation or review',
    verdict LowCardinality(String) COMMENT 'release or discard',
    through_revision UInt64 COMMENT 'Highest revision that it speaks of; 2^64 - 1 where it speaks of all',
    given_at DateTime64(3, 'UTC') COMMENT 'When it was given',
    epoch UInt32 COMMENT 'Life of the log that the row was read from',
    partition UInt16 COMMENT 'Partition of the topic held',
    offset UInt64 COMMENT 'Offset of the record in its partition',
    version UInt64 COMMENT 'epoch * 2^48 + 2^48 - 1 - offset: the newest log wins, in it the first record'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (submission_id, gives, verdict, through_revision, given_at)
COMMENT 'Every verdict on held submissions. Read with FINAL';

-- The standing revision of each submission: of records that repeat a revision only the first counts, also where a later
-- one had more reports.
CREATE VIEW IF NOT EXISTS current_held
AS
SELECT *, (epoch, offset) AS place
FROM held_submissions FINAL
ORDER BY revision DESC, version DESC
LIMIT 1 WITH TIES BY submission_id
COMMENT 'The reports of the highest revision of each submission, decided or not';
