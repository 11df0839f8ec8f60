-- Years side by side need each quarter of an hour of all countries: a tenth of the rows, kept ready for whoever asks so.
ALTER TABLE letter_sums
    ADD PROJECTION IF NOT EXISTS by_quarter
    (
        SELECT by, campaign, quarter, sum(letters), sum(reports), max(as_of)
        GROUP BY by, campaign, quarter
    );

CREATE OR REPLACE VIEW seasons
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
