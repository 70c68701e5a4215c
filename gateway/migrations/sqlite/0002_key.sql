-- Keys of the key service (docs/formats/catalog.md, section "Keys").
-- Names are stored as kms-core spells them.

CREATE TABLE cmk (
    id          BLOB NOT NULL PRIMARY KEY,
    account     TEXT NOT NULL,
    domain      TEXT NOT NULL,
    region      TEXT NOT NULL,
    spec        TEXT NOT NULL,
    origin      TEXT NOT NULL,
    state       TEXT NOT NULL,
    due_ms      INTEGER,
    description TEXT NOT NULL,
    created_ms  INTEGER NOT NULL,
    default_for TEXT,
    version     INTEGER NOT NULL,
    revision    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cmk_account ON cmk (account, id, region, default_for);
CREATE UNIQUE INDEX cmk_default ON cmk (account, default_for) WHERE default_for IS NOT NULL;
CREATE INDEX cmk_default_domain ON cmk (domain, default_for) WHERE default_for IS NOT NULL;
CREATE INDEX cmk_hardware ON cmk (origin) WHERE origin = 'AWS_CLOUDHSM';

-- Material: wrapped by the root, or the label of a secret in the token, or neither.
CREATE TABLE cmk_version (
    cmk         BLOB NOT NULL,
    number      INTEGER NOT NULL,
    wrapped     BLOB,
    token       TEXT,
    created_ms  INTEGER NOT NULL,
    api_used_ms INTEGER,
    PRIMARY KEY (cmk, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE alias (
    account    TEXT NOT NULL,
    region     TEXT NOT NULL,
    name       TEXT NOT NULL,
    domain     TEXT NOT NULL,
    cmk        BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    PRIMARY KEY (account, region, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_name ON alias (account, name);
CREATE INDEX alias_domain ON alias (domain, region, name);
CREATE INDEX alias_cmk ON alias (cmk, name);

-- Audit events of key changes, until they are in the chain.
CREATE TABLE outbox (
    row    INTEGER PRIMARY KEY AUTOINCREMENT,
    change TEXT NOT NULL UNIQUE,
    event  BLOB NOT NULL
) STRICT;
