SELECT
    toDayOfWeek(quarter, 0, {zone:String}) AS weekday,
    toHour(quarter, {zone:String}) AS hour,
    sum(written_quarters.letters) AS letters,
    sum(written_quarters.reports) AS reports,
    any(written_quarters.as_of) AS as_of
FROM written_quarters
WHERE campaign = {campaign:String}
GROUP BY weekday, hour
ORDER BY weekday, hour
