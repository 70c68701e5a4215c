-- Whether appends may go on, which listings of OBS show.

ALTER TABLE version ADD COLUMN appendable INTEGER NOT NULL DEFAULT 0;
