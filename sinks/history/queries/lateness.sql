SELECT
    country,
    sumIf(periods.letters, period = 'late') AS late_letters,
    sum(periods.letters) AS letters,
    late_letters / letters AS late_share,
    any(periods.as_of) AS as_of
FROM periods
WHERE campaign = {campaign:String}
GROUP BY country
ORDER BY letters DESC, country
