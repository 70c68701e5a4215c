-- What each bucket holds: bytes and number of objects, all versions counted,
-- delete markers not. Kept by triggers, so that no statement can forget it.

CREATE TABLE usage (
    bucket  INTEGER NOT NULL PRIMARY KEY,
    bytes   INTEGER NOT NULL,
    objects INTEGER NOT NULL
) STRICT;

INSERT INTO usage (bucket, bytes, objects)
    SELECT bucket, SUM(size), COUNT(*) FROM version WHERE detail IS NOT NULL GROUP BY bucket;

CREATE TRIGGER usage_added AFTER INSERT ON version WHEN NEW.detail IS NOT NULL BEGIN
    INSERT INTO usage (bucket, bytes, objects) VALUES (NEW.bucket, NEW.size, 1)
        ON CONFLICT (bucket) DO UPDATE SET bytes = bytes + NEW.size, objects = objects + 1;
END;

CREATE TRIGGER usage_removed AFTER DELETE ON version WHEN OLD.detail IS NOT NULL BEGIN
    UPDATE usage SET bytes = bytes - OLD.size, objects = objects - 1 WHERE bucket = OLD.bucket;
END;

CREATE TRIGGER usage_changed AFTER UPDATE OF size ON version WHEN NEW.detail IS NOT NULL BEGIN
    UPDATE usage SET bytes = bytes - OLD.size + NEW.size WHERE bucket = NEW.bucket;
END;

CREATE TRIGGER usage_forgotten AFTER DELETE ON bucket BEGIN
    DELETE FROM usage WHERE bucket = OLD.row;
END;
