-- Users, groups, roles and their policies (docs/formats/catalog.md, section
-- "Identities"). `account.revision` counts every change of them.

-- kind: 0 user, 1 group, 2 role. Names are unique without case.
CREATE TABLE entity (
    id            TEXT NOT NULL PRIMARY KEY,
    account       TEXT NOT NULL,
    kind          INTEGER NOT NULL,
    folded        TEXT NOT NULL,
    name          TEXT NOT NULL,
    path          TEXT NOT NULL,
    created_ms    INTEGER NOT NULL,
    boundary      TEXT,
    description   TEXT,
    trust         BLOB,
    session_max_s INTEGER,
    tags          BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entity_name ON entity (account, kind, folded);
CREATE INDEX entity_boundary ON entity (boundary) WHERE boundary IS NOT NULL;

CREATE TABLE membership (
    member TEXT NOT NULL,
    grp    TEXT NOT NULL,
    PRIMARY KEY (member, grp)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_group ON membership (grp, member);

CREATE TABLE inline_policy (
    entity   TEXT NOT NULL,
    name     TEXT NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (entity, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE managed_policy (
    arn             TEXT NOT NULL PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    account         TEXT NOT NULL,
    folded          TEXT NOT NULL,
    name            TEXT NOT NULL,
    path            TEXT NOT NULL,
    description     TEXT,
    created_ms      INTEGER NOT NULL,
    updated_ms      INTEGER NOT NULL,
    default_version INTEGER NOT NULL,
    last_version    INTEGER NOT NULL,
    tags            BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX managed_policy_name ON managed_policy (account, folded);

CREATE TABLE policy_version (
    policy     TEXT NOT NULL,
    number     INTEGER NOT NULL,
    document   BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (policy, number)
) STRICT, WITHOUT ROWID;

-- policy: the ARN of a managed policy of the account, or of a built-in one.
CREATE TABLE attachment (
    entity TEXT NOT NULL,
    policy TEXT NOT NULL,
    PRIMARY KEY (entity, policy)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_policy ON attachment (policy, entity);

CREATE TABLE account_alias (
    account TEXT NOT NULL PRIMARY KEY,
    alias   TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

-- NULL: the key of the account's root.
ALTER TABLE access_key ADD COLUMN entity TEXT;
ALTER TABLE access_key ADD COLUMN used_ms INTEGER;
ALTER TABLE access_key ADD COLUMN used_service TEXT;
CREATE INDEX access_key_entity ON access_key (entity, account, id);
