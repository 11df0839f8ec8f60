-- What was given out may be of a part of a campaign: who recounts it must know of which.
ALTER TABLE publications
    ADD COLUMN IF NOT EXISTS received_from Nullable(DateTime64(3, 'UTC')) COMMENT 'Only reports received from then on; null: from the first',
    ADD COLUMN IF NOT EXISTS received_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Only reports received before; null: to the last that it read';
