-- Whose pseudonym is never to be stored again. The log keeps its records, so that what is read of it again must be known.
CREATE TABLE IF NOT EXISTS forgotten_participants
(
    digest FixedString(32) COMMENT 'SHA-256 of forgotten: and the pseudonym, which tells nothing to whoever has no pseudonym to try',
    epoch UInt32 COMMENT 'Newest life of the log when it was forgotten: its records keep the pseudonym',
    forgotten_at DateTime64(3, 'UTC') COMMENT 'When it was forgotten'
)
ENGINE = ReplacingMergeTree(forgotten_at)
ORDER BY digest
COMMENT 'Participants who asked to be forgotten: their reports count, without them. Read with FINAL';
