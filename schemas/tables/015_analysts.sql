-- Whoever may read a view need not be allowed to read what lies behind it: pseudonyms of withdrawn reports, places in
-- the log, rows that FINAL has still to choose from. The user that migrates reads these for the view.
ALTER TABLE current_epoch MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE current_tallies MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE letters MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE received_quarters MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE written_quarters MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE periods MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE seasons MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;
ALTER TABLE minutes MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE current_tallies
    COMMENT COLUMN campaign 'Campaign of the catalogue',
    COMMENT COLUMN scope 'world, country, case, event, channel, kind or case-country',
    COMMENT COLUMN member 'One of the scope: all, NO, a case, none where no event, case:COUNTRY',
    COMMENT COLUMN letters 'Letters of standing reports',
    COMMENT COLUMN reports 'Standing reports',
    COMMENT COLUMN epoch 'Life of the log that was counted',
    COMMENT COLUMN as_of 'When the oldest of its partitions was complete: nothing in it is older';
