SELECT
    country,
    `case`,
    sum(periods.letters) AS letters,
    sum(periods.reports) AS reports,
    any(periods.as_of) AS as_of
FROM periods
WHERE campaign = {campaign:String}
GROUP BY country, `case`
ORDER BY country, `case`
