-- So that a restore says again why: what its sender has corrected was discarded by nobody.
ALTER TABLE held_verdicts
    ADD COLUMN IF NOT EXISTS because LowCardinality(String) COMMENT 'corrected where a newer revision came that need not wait; empty where somebody decided';
