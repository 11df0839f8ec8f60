-- What was counted after a mend stays, so that nothing vanishes, and is shown no more.
ALTER TABLE rejected
    ADD COLUMN IF NOT EXISTS retried_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was sent on after all; null while it is refused';
