-- What ties a part to its number, its upload and its place until Complete
-- (docs/formats/sealed-object.md, section "Part MAC"). A part from before has
-- none and is sent again.
ALTER TABLE part ADD COLUMN mac BLOB NOT NULL DEFAULT x'';
