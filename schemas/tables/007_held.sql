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

-- A verdict stood from its arrival until one of a higher rank came. What stands now says which needs are missing; a
-- discard that stood when the submission was there, or later, has decided, also where another verdict stands now.
CREATE VIEW IF NOT EXISTS held_reports
(
    submission_id UUID COMMENT 'What `tally held release` and `discard` are told',
    revision UInt64 COMMENT 'Revision of all its reports',
    number UInt16 COMMENT 'Place of the report in its submission, from 0',
    needs Array(String) COMMENT 'What is still missing: confirmation, review',
    held_at DateTime64(3, 'UTC') COMMENT 'When a collector held it',
    age_seconds Float64 COMMENT 'For how long it has waited',
    report_id UUID COMMENT 'Of the held report',
    campaign String COMMENT 'Campaign of the catalogue',
    `case` String COMMENT 'The person the letters are written for',
    event String COMMENT 'Letter-writing event; none where the report names none',
    country String COMMENT 'ISO 3166-1 alpha-2; ZZ where unknown',
    channel String COMMENT 'How the report came in',
    source String COMMENT 'Which form, platform or sheet of the channel',
    kind String COMMENT 'letter, email, card, signature, post or solidarity',
    withdrawn Bool COMMENT 'Takes the report back once it is released',
    letters UInt32 COMMENT 'How many it says were written'
)
AS
WITH
    (toUInt32(4294967295), toUInt64(18446744073709551615)) AS never,
    submissions AS
    (
        SELECT *, (epoch, offset) AS place
        FROM (SELECT *, max((revision, version)) OVER (PARTITION BY submission_id) AS newest FROM held_submissions FINAL)
        WHERE (revision, version) = newest
    ),
    ranked AS
    (
        SELECT
            submission_id,
            gives,
            verdict,
            through_revision,
            (epoch, offset) AS place,
            (through_revision, given_at, verdict = 'discard') AS rank,
            max(rank) OVER (
                PARTITION BY submission_id, gives ORDER BY epoch, offset
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS highest
        FROM held_verdicts FINAL
    ),
    stood AS
    (
        SELECT
            submission_id,
            gives,
            verdict,
            through_revision,
            leadInFrame(place, 1, never) OVER (
                PARTITION BY submission_id, gives ORDER BY place
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS until
        FROM ranked
        WHERE rank = highest
    ),
    verdicts AS
    (
        SELECT submission_id, groupArray((gives, verdict, through_revision, until)) AS given FROM stood GROUP BY submission_id
    )
SELECT
    submission_id,
    revision,
    number,
    arrayFilter(
        need -> NOT arrayExists(v -> v.1 = need AND v.3 >= revision AND v.4 = never, given),
        CAST(arrayDistinct(submissions.needs), 'Array(String)')
    ) AS needs,
    held_at,
    greatest(0, toFloat64(now64(3, 'UTC')) - toFloat64(held_at)) AS age_seconds,
    report_id,
    campaign,
    `case`,
    event,
    country,
    channel,
    source,
    kind,
    withdrawn,
    letters
FROM submissions
LEFT JOIN verdicts USING submission_id
WHERE notEmpty(needs) AND NOT arrayExists(v -> v.2 = 'discard' AND v.3 >= revision AND v.4 > place, given)
COMMENT 'Reports that still wait, and for what';
