-- What a participant reported is found without reading the whole table: at /you, and for an analyst who asks for one.
ALTER TABLE letter_reports ADD INDEX IF NOT EXISTS by_participant participant TYPE bloom_filter(0.01) GRANULARITY 1;

ALTER TABLE letter_reports MATERIALIZE INDEX by_participant;
