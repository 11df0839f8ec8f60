-- The totals of a partition are inserted in one block before their frame, so what one query reads of `tallies` is
-- always whole emissions, and `as_of` is never later than the totals beside it.
CREATE VIEW IF NOT EXISTS current_epoch
AS
SELECT max(epoch) AS epoch
FROM
(
    SELECT wanted.epoch AS epoch
    FROM
    (
        SELECT epoch, position - 1 AS partition, complete
        FROM epochs FINAL
        ARRAY JOIN complete_at AS complete, arrayEnumerate(complete_at) AS position
    ) AS wanted
    LEFT JOIN (SELECT epoch, partition, version FROM frames FINAL) AS framed
        ON framed.epoch = wanted.epoch AND framed.partition = wanted.partition
    GROUP BY wanted.epoch
    HAVING min(framed.version >= wanted.complete)
)
COMMENT 'The newest epoch that has caught up with the one before; 0 where there is none';

CREATE VIEW IF NOT EXISTS current_tallies
AS
WITH
    (SELECT epoch FROM current_epoch) AS newest,
    (SELECT min(frames.as_of) FROM frames FINAL WHERE frames.epoch = newest) AS oldest_as_of
SELECT
    campaign,
    scope,
    member,
    sum(tallies.letters) AS letters,
    sum(tallies.reports) AS reports,
    newest AS epoch,
    oldest_as_of AS as_of
FROM tallies FINAL
WHERE tallies.epoch = newest
GROUP BY campaign, scope, member
COMMENT 'Totals over all partitions of the newest complete epoch: the members of each scope sum to the world';
