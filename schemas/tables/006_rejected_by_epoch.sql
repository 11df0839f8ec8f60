-- Offsets begin again with each life of the log, so `letters/0/5` names another record in each: without the epoch in
-- the key, a newer refusal would take the place of an older one.
ALTER TABLE rejected
    ADD COLUMN IF NOT EXISTS epoch UInt32 COMMENT 'Life of the log that the refused record lies in; 0 for a delivery that reached no log',
    MODIFY ORDER BY (origin, epoch);
