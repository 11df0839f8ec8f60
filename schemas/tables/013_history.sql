-- What analysts ask of years: views that need no FINAL, sums that are made anew each minute, and what a campaign was.
ALTER TABLE letter_reports
    ADD INDEX IF NOT EXISTS participant participant TYPE bloom_filter(0.01) GRANULARITY 1,
    MODIFY SETTING min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE IF NOT EXISTS campaigns
(
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    title String COMMENT 'Its name',
    year UInt16 COMMENT 'The year of its Human Rights Day',
    time_zone LowCardinality(String) COMMENT 'Whose days are the days of the campaign',
    opens DateTime('UTC') COMMENT 'When it begins to count',
    day_begins DateTime('UTC') COMMENT 'When 10 December begins in its time zone',
    day_ends DateTime('UTC') COMMENT 'When 10 December has ended in its time zone',
    closes DateTime('UTC') COMMENT 'What is received from then on is late',
    late_until DateTime('UTC') COMMENT 'What is received from then on is refused',
    goal UInt64 COMMENT 'Letters that it wants',
    stored_at DateTime64(3, 'UTC') COMMENT 'When the catalogue last said so'
)
ENGINE = ReplacingMergeTree(stored_at)
ORDER BY campaign
COMMENT 'Campaigns as the catalogue describes them. Read with FINAL';

CREATE TABLE IF NOT EXISTS campaign_cases
(
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    `case` LowCardinality(String) COMMENT 'The person the letters are written for',
    name String COMMENT 'Name of the person or group',
    country LowCardinality(String) COMMENT 'Where their rights are violated, ISO 3166-1 alpha-2',
    goal UInt64 COMMENT 'Letters that are wanted for them; 0 where no goal is set',
    stored_at DateTime64(3, 'UTC') COMMENT 'When the catalogue last said so'
)
ENGINE = ReplacingMergeTree(stored_at)
ORDER BY (campaign, `case`)
COMMENT 'Cases of campaigns as the catalogue describes them. Read with FINAL';

-- Read by our own queries: within one that asks for positions too, it is of the same moment, which a view that runs by
-- the rights of who made it is not.
CREATE VIEW IF NOT EXISTS standing_letters
AS
WITH
    (SELECT groupArray((toString(campaign), year, opens, day_begins, day_ends, closes)) FROM campaigns FINAL) AS known,
    arrayMap(one -> one.1, known) AS names,
    transform(toString(campaign), names, arrayMap(one -> toUInt32(one.3), known), 0) AS opened,
    toUInt32(received_at) AS received
SELECT
    report_id,
    campaign,
    transform(toString(campaign), names, arrayMap(one -> one.2, known), 0) AS year,
    `case`,
    event,
    country,
    channel,
    source,
    kind,
    letters,
    participant,
    written_at,
    received_at,
    CAST(
        multiIf(
            opened = 0, 0,
            received < transform(toString(campaign), names, arrayMap(one -> toUInt32(one.4), known), 0), 1,
            received < transform(toString(campaign), names, arrayMap(one -> toUInt32(one.5), known), 0), 2,
            received < transform(toString(campaign), names, arrayMap(one -> toUInt32(one.6), known), 0), 3,
            4
        ),
        'Enum8(''unknown'' = 0, ''early'' = 1, ''on the day'' = 2, ''after'' = 3, ''late'' = 4)'
    ) AS period,
    if(opened = 0, 0, toInt32(floor((toInt64(received) - opened) / 86400)) + 1) AS campaign_day
FROM letter_reports FINAL
WHERE NOT withdrawn AND letters > 0
COMMENT 'What letters shows, by the rights of who asks';

CREATE VIEW IF NOT EXISTS letters
(
    report_id UUID COMMENT 'One row a report that counts',
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    year UInt16 COMMENT 'The year of the campaign; 0 where the catalogue does not say',
    `case` LowCardinality(String) COMMENT 'The person the letters are written for',
    event LowCardinality(String) COMMENT 'Letter-writing event; none where the report names none',
    country LowCardinality(String) COMMENT 'Where it was written, ISO 3166-1 alpha-2; ZZ where unknown',
    channel LowCardinality(String) COMMENT 'How the report came in',
    source LowCardinality(String) COMMENT 'Which form, platform or sheet of the channel',
    kind LowCardinality(String) COMMENT 'letter, email, card, signature, post or solidarity',
    letters UInt32 COMMENT 'How many were written: sum these',
    participant Nullable(UUID) COMMENT 'Keyed pseudonym: uniqExact(participant) counts who reported; null where none was given',
    written_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Claimed by the participant, may be wrong',
    received_at DateTime64(3, 'UTC') COMMENT 'The clock of the collector; for days of a place: toDate(received_at, ''Europe/Warsaw'')',
    -- As a number it is summed three times as fast as it would be as a word.
    period Enum8('unknown' = 0, 'early' = 1, 'on the day' = 2, 'after' = 3, 'late' = 4) COMMENT 'By received_at, in the time zone of the campaign: early (before 10 December), on the day, after (until the campaign closes), late; unknown where the catalogue does not say',
    campaign_day Int32 COMMENT 'Whole days of 24 hours since the campaign opened, from 1, by received_at; 0 where the catalogue does not say'
)
AS
SELECT * FROM standing_letters
COMMENT 'The reports that count, one row each, as they stand now: what is corrected or withdrawn shows at once';

-- One query fills all of it, so what is read of it at one moment is of one moment, and sums to the same.
CREATE TABLE IF NOT EXISTS letter_sums
(
    by LowCardinality(String) COMMENT 'Which sum it is: received, written or period; each by itself sums to all letters',
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    quarter Nullable(DateTime('UTC')) COMMENT 'The quarter of an hour in which it was received or written; null of a period, or where nobody said when it was written',
    country LowCardinality(String) COMMENT 'ISO 3166-1 alpha-2; ZZ where unknown',
    `case` LowCardinality(String) COMMENT 'Of a period: the person the letters are written for',
    channel LowCardinality(String) COMMENT 'Of a period: how the reports came in',
    kind LowCardinality(String) COMMENT 'Of a period: letter, email, card, signature, post or solidarity',
    period LowCardinality(String) COMMENT 'Of a period: early, on the day, after, late or unknown',
    letters UInt64 COMMENT 'Letters of standing reports',
    reports UInt64 COMMENT 'Standing reports',
    as_of DateTime64(3, 'UTC') COMMENT 'When it was summed',
    -- Years side by side need each quarter of an hour of all countries: a tenth of the rows, kept ready.
    PROJECTION by_quarter
    (
        SELECT by, campaign, quarter, sum(letters), sum(reports), max(as_of)
        GROUP BY by, campaign, quarter
    )
)
ENGINE = MergeTree
ORDER BY (by, campaign, country, `case`, channel, kind, period)
COMMENT 'Sums over letter_reports, all made anew each minute by one query. Read the views received_quarters, written_quarters and periods';

CREATE MATERIALIZED VIEW IF NOT EXISTS letter_sums_refresh
REFRESH AFTER 1 MINUTE TO letter_sums
AS
SELECT
    multiIf(grouping(received) = 0, 'received', grouping(written) = 0, 'written', 'period') AS by,
    campaign,
    if(by = 'received', received, written) AS quarter,
    country,
    `case`,
    channel,
    kind,
    period,
    sum(letters) AS letters,
    count() AS reports,
    now64(3) AS as_of
FROM
(
    SELECT
        campaign,
        country,
        `case`,
        channel,
        kind,
        period,
        letters,
        toNullable(toStartOfFifteenMinutes(toDateTime(received_at, 'UTC'))) AS received,
        toStartOfFifteenMinutes(toDateTime(written_at, 'UTC')) AS written
    FROM standing_letters
)
GROUP BY GROUPING SETS
(
    (campaign, country, received),
    (campaign, country, written),
    (campaign, country, `case`, channel, kind, period)
)
COMMENT 'Makes letter_sums anew';

CREATE VIEW IF NOT EXISTS received_quarters
(
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    country LowCardinality(String) COMMENT 'Where it was written, ISO 3166-1 alpha-2; ZZ where unknown',
    quarter DateTime('UTC') COMMENT 'Quarter of an hour of arrival; every time zone''s hours and days are made of them: toDate(quarter, ''Asia/Kathmandu'')',
    letters UInt64 COMMENT 'Letters of standing reports',
    reports UInt64 COMMENT 'Standing reports',
    as_of DateTime64(3, 'UTC') COMMENT 'When it was summed, at most some minutes ago'
)
AS
SELECT campaign, country, assumeNotNull(quarter) AS quarter, letters, reports, as_of
FROM letter_sums
WHERE by = 'received'
COMMENT 'Letters by country and quarter of an hour of arrival; all rows sum to all letters';

CREATE VIEW IF NOT EXISTS written_quarters
(
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    country LowCardinality(String) COMMENT 'Where it was written, ISO 3166-1 alpha-2; ZZ where unknown',
    quarter Nullable(DateTime('UTC')) COMMENT 'Quarter of an hour of writing, as claimed; null where nobody said',
    letters UInt64 COMMENT 'Letters of standing reports',
    reports UInt64 COMMENT 'Standing reports',
    as_of DateTime64(3, 'UTC') COMMENT 'When it was summed, at most some minutes ago'
)
AS
SELECT campaign, country, quarter, letters, reports, as_of
FROM letter_sums
WHERE by = 'written'
COMMENT 'Letters by country and quarter of an hour of writing; all rows sum to all letters';

CREATE VIEW IF NOT EXISTS periods
(
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    period LowCardinality(String) COMMENT 'By arrival, in the time zone of the campaign: early (before 10 December), on the day, after (until the campaign closes), late; unknown where the catalogue does not say',
    country LowCardinality(String) COMMENT 'Where it was written, ISO 3166-1 alpha-2; ZZ where unknown',
    `case` LowCardinality(String) COMMENT 'The person the letters are written for',
    channel LowCardinality(String) COMMENT 'How the reports came in',
    kind LowCardinality(String) COMMENT 'letter, email, card, signature, post or solidarity',
    letters UInt64 COMMENT 'Letters of standing reports',
    reports UInt64 COMMENT 'Standing reports',
    as_of DateTime64(3, 'UTC') COMMENT 'When it was summed, at most some minutes ago'
)
AS
SELECT campaign, period, country, `case`, channel, kind, letters, reports, as_of
FROM letter_sums
WHERE by = 'period'
COMMENT 'Letters by period, country, case, channel and kind; all rows sum to all letters';

CREATE VIEW IF NOT EXISTS seasons
(
    year UInt16 COMMENT 'The year of the campaign',
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    campaign_day Int32 COMMENT 'Whole days of 24 hours since the campaign opened, from 1, by arrival: the same day of each year',
    letters UInt64 COMMENT 'Letters that arrived on it',
    reports UInt64 COMMENT 'Reports that arrived on it',
    letters_so_far UInt64 COMMENT 'Letters that had arrived by its end',
    as_of DateTime64(3, 'UTC') COMMENT 'When it was summed, at most some minutes ago'
)
AS
WITH summed AS
(
    SELECT campaign, quarter, sum(letters) AS letters, sum(reports) AS reports, max(as_of) AS as_of
    FROM letter_sums
    WHERE by = 'received'
    GROUP BY campaign, quarter
)
SELECT
    year,
    campaign,
    campaign_day,
    sum(summed.letters) AS letters,
    sum(summed.reports) AS reports,
    sum(letters) OVER (PARTITION BY campaign ORDER BY campaign_day) AS letters_so_far,
    max(summed.as_of) AS as_of
FROM summed
INNER JOIN (SELECT campaign, year, opens FROM campaigns FINAL) AS known USING (campaign)
GROUP BY year, campaign, toInt32(floor((toInt64(assumeNotNull(quarter)) - toInt64(opens)) / 86400)) + 1 AS campaign_day
COMMENT 'Each day of each campaign, and how far it had come by then: this year beside earlier ones, by campaign_day';

CREATE VIEW IF NOT EXISTS minutes
(
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    scope LowCardinality(String) COMMENT 'world, country or case',
    member String COMMENT 'One of the scope: all, NO, a case',
    minute DateTime('UTC') COMMENT 'Minute of arrival',
    letters Int64 COMMENT 'Letters of standing reports that arrived in it',
    reports Int64 COMMENT 'Standing reports that arrived in it'
)
AS
WITH (SELECT epoch FROM current_epoch) AS newest
SELECT campaign, scope, member, minute, sum(tally_minutes.letters) AS letters, sum(tally_minutes.reports) AS reports
FROM tally_minutes FINAL
WHERE tally_minutes.epoch = newest
GROUP BY campaign, scope, member, minute
COMMENT 'Letters by minute of arrival, of the world, each country and each case; each scope sums to the world';

-- What was given out, so that a number in somebody's hands can be found again, and recounted from the log.
CREATE TABLE IF NOT EXISTS publications
(
    publication_id UUID COMMENT 'Named in the head of each export',
    as_of DateTime64(3, 'UTC') COMMENT 'When it was counted',
    campaign LowCardinality(String) COMMENT 'Campaign of the catalogue',
    definition String COMMENT 'What was counted, in words',
    query String COMMENT 'What was asked, as SQL',
    epoch UInt32 COMMENT 'Life of the log that the positions belong to',
    positions Array(UInt64) COMMENT 'Of each partition of letters: every record before this offset is in its figures'
)
ENGINE = ReplacingMergeTree
ORDER BY (campaign, as_of, publication_id)
COMMENT 'Every export and report that was given out. Read with FINAL';

CREATE TABLE IF NOT EXISTS publication_figures
(
    publication_id UUID COMMENT 'Of which publication',
    scope LowCardinality(String) COMMENT 'world, country, case, event, channel, kind or case-country',
    member String COMMENT 'One of the scope: all, NO, a case, none where no event, case:COUNTRY',
    letters Int64 COMMENT 'Letters that it gave',
    reports Int64 COMMENT 'Standing reports that it gave'
)
ENGINE = ReplacingMergeTree
ORDER BY (publication_id, scope, member)
COMMENT 'The figures of every publication. Read with FINAL';
