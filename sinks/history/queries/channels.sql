SELECT
    channel,
    kind,
    sum(periods.letters) AS letters,
    sum(periods.reports) AS reports,
    any(periods.as_of) AS as_of
FROM periods
WHERE campaign = {campaign:String}
GROUP BY channel, kind
ORDER BY channel, kind
