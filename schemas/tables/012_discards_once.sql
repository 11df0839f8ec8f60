-- A discard used to be named by the place of the record that decided, so each life of the log said it anew: what stands
-- of it is put under the name that it has in all of them, with its first date, or that of its retry.
INSERT INTO rejected (origin, epoch, reason, field, detail, value, rejected_at, retried_at)
SELECT
    concat(
        substring(detail, length('submission ') + 1), '.', toString(JSONExtractUInt(ifNull(value, ''), 'revision')), '.',
        arrayElement(splitByChar('/', origin), 4)
    ) AS name,
    0,
    argMin(reason, old.rejected_at),
    NULL,
    argMin(detail, old.rejected_at),
    argMin(value, old.rejected_at),
    if(max(old.retried_at) IS NULL, min(old.rejected_at), max(old.rejected_at)),
    max(old.retried_at)
FROM rejected AS old FINAL
WHERE reason IN ('discarded_in_review', 'corrected_since') AND origin LIKE 'held/%'
GROUP BY name;

ALTER TABLE rejected
    DELETE WHERE reason IN ('discarded_in_review', 'corrected_since') AND origin LIKE 'held/%'
    SETTINGS mutations_sync = 1;

ALTER TABLE rejected
    COMMENT COLUMN origin 'topic/partition/offset of a record that cannot be read, else an id that is the same however often it is refused: the delivery id of the collector, or submission.revision.number of a held report that was discarded',
    COMMENT COLUMN epoch 'Life of the log that the refused record lies in; 0 where origin is an id, which means the same in each',
    COMMENT COLUMN value 'What may be kept of it as JSON, with its source; no personal data';
