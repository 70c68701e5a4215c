-- Rights to keys, tags, rotation, import and frozen accounts
-- (docs/formats/catalog.md, section "Keys"). Names are stored as kms-core spells them.

ALTER TABLE cmk ADD COLUMN rotation_days INTEGER;
ALTER TABLE cmk ADD COLUMN rotation_next_ms INTEGER;
ALTER TABLE cmk ADD COLUMN expires_ms INTEGER;
-- 1 once a grant or a policy was ever made: uses look for them then.
ALTER TABLE cmk ADD COLUMN guarded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cmk ADD COLUMN deleted_ms INTEGER;
CREATE INDEX cmk_due ON cmk (due_ms) WHERE state = 'PendingDeletion';
CREATE INDEX cmk_expires ON cmk (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE INDEX cmk_rotation ON cmk (rotation_next_ms) WHERE rotation_next_ms IS NOT NULL;

ALTER TABLE cmk_version ADD COLUMN cause TEXT NOT NULL DEFAULT 'CREATED';
-- Digest of imported material under the root: only the same bytes come again.
ALTER TABLE cmk_version ADD COLUMN import_check BLOB;

CREATE TABLE cmk_grant (
    cmk            BLOB NOT NULL,
    id             BLOB NOT NULL,
    grantee_kind   TEXT NOT NULL,
    grantee        TEXT NOT NULL,
    retiring_kind  TEXT,
    retiring       TEXT,
    issuer         TEXT NOT NULL,
    issuer_account TEXT NOT NULL,
    name           TEXT NOT NULL,
    operations     TEXT NOT NULL,
    -- 'equals' or 'subset', and the pairs as JSON.
    constraint_is  TEXT,
    context        TEXT,
    created_ms     INTEGER NOT NULL,
    PRIMARY KEY (cmk, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cmk_grant_retiring ON cmk_grant (retiring, id) WHERE retiring IS NOT NULL;

CREATE TABLE cmk_policy (
    cmk      BLOB NOT NULL PRIMARY KEY,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cmk_tag (
    cmk   BLOB NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (cmk, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE frozen (
    account TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
