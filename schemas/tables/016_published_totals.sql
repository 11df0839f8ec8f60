-- What was published elsewhere, mostly of years before anything was counted here. Two sources may say two things of one
-- year, so the source is in the key: each stands as it was said, and nothing adds them to each other or to what is counted.
CREATE TABLE IF NOT EXISTS published_totals
(
    year UInt16 COMMENT 'The year of the campaign, which is that of its Human Rights Day',
    scope LowCardinality(String) COMMENT 'world, case or country',
    member String COMMENT 'One of the scope: all, a case, NO',
    letters UInt64 COMMENT 'How many letters the source says were written',
    source String COMMENT 'Who said so and where: a citation, the address of a page, a document',
    as_of Date COMMENT 'The day on which the source said it, or was read to say it',
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was imported: the newest import of a source is what it says'
)
ENGINE = ReplacingMergeTree(stored_at)
ORDER BY (year, scope, member, source)
COMMENT 'Totals of past years as others published them, imported by `tally import-history`. Read with FINAL; never a sum of reports';

CREATE VIEW IF NOT EXISTS years
(
    year UInt16 COMMENT 'The year of the campaign; 0 where the catalogue does not say',
    origin LowCardinality(String) COMMENT 'published: said by a source elsewhere; counted: the sum of the reports that stand here. Never add the two',
    scope LowCardinality(String) COMMENT 'world, case or country: the members of one scope are to be read by themselves',
    member String COMMENT 'One of the scope: all, a case, NO',
    letters UInt64 COMMENT 'How many were written',
    source String COMMENT 'Of a published total who said so; of a counted one the campaign',
    as_of DateTime64(3, 'UTC') COMMENT 'Of a published total the day on which it was said; of a counted one when it was summed'
)
AS
SELECT year, 'published' AS origin, scope, member, letters, source, toDateTime64(as_of, 3, 'UTC') AS as_of
FROM published_totals FINAL
UNION ALL
SELECT
    known.year AS year,
    'counted' AS origin,
    place.1 AS scope,
    place.2 AS member,
    sum(periods.letters) AS letters,
    campaign AS source,
    any(periods.as_of) AS as_of
FROM periods
LEFT JOIN (SELECT campaign, year FROM campaigns FINAL) AS known USING (campaign)
ARRAY JOIN [('world', 'all'), ('case', toString(periods.`case`)), ('country', toString(periods.country))] AS place
GROUP BY year, campaign, scope, member
COMMENT 'What was published of each year and what was counted here, side by side, a row each; nothing here sums both';

ALTER TABLE years MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
