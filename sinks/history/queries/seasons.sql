SELECT
    campaign,
    campaign_day,
    letters,
    reports,
    letters_so_far,
    as_of
FROM seasons
ORDER BY year, campaign, campaign_day
