-- The tables of docs/formats/catalog.md. Times are milliseconds since the
-- epoch, ids are 16 bytes unless they are text.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id           TEXT NOT NULL PRIMARY KEY,
    domain_id    TEXT NOT NULL UNIQUE,
    project_id   TEXT NOT NULL UNIQUE,
    canonical_id TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL UNIQUE,
    email        TEXT,
    created_ms   INTEGER NOT NULL,
    revision     INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

CREATE TABLE access_key (
    id            TEXT NOT NULL PRIMARY KEY,
    account       TEXT NOT NULL,
    sealed_secret BLOB NOT NULL,
    active        INTEGER NOT NULL,
    created_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_key_account ON access_key (account, id);

-- AUTOINCREMENT: the row of a deleted bucket is never given to another.
CREATE TABLE bucket (
    row        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         BLOB NOT NULL UNIQUE,
    name       TEXT NOT NULL UNIQUE,
    account    TEXT NOT NULL,
    region     TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    versioning INTEGER NOT NULL,
    revision   INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX bucket_account ON bucket (account, name);

CREATE TABLE setting (
    bucket   INTEGER NOT NULL,
    keyword  TEXT NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (bucket, keyword)
) STRICT, WITHOUT ROWID;

-- Narrow, because random keys dirty random pages: what a listing shows.
-- The newest version is the first row of its key.
CREATE TABLE version (
    bucket       INTEGER NOT NULL,
    key          BLOB NOT NULL,
    seq          INTEGER NOT NULL,
    tag          INTEGER NOT NULL,
    null_version INTEGER NOT NULL,
    modified_ms  INTEGER NOT NULL,
    owner        TEXT NOT NULL,
    size         INTEGER NOT NULL,
    etag         TEXT NOT NULL,
    checksum     TEXT,
    detail       INTEGER,
    PRIMARY KEY (bucket, key, seq DESC)
) STRICT, WITHOUT ROWID;
-- Null versions that were written while versioning was suspended; one that was
-- written before is the oldest row of its key and needs no index. Unique, which
-- also makes the planner prefer it to the primary key.
CREATE UNIQUE INDEX version_suspended ON version (bucket, key) WHERE null_version = 2;

-- Wide, therefore appended: what only a read of the object itself needs.
CREATE TABLE detail (
    id          INTEGER PRIMARY KEY,
    write_id    BLOB NOT NULL,
    bucket      INTEGER NOT NULL,
    key         BLOB NOT NULL,
    version_id  TEXT,
    versioning  INTEGER NOT NULL,
    mode        INTEGER NOT NULL,
    kms_key     BLOB,
    kms_version INTEGER,
    parts_count INTEGER,
    mac         BLOB NOT NULL,
    envelope    BLOB NOT NULL,
    metadata    BLOB NOT NULL,
    blobs       BLOB NOT NULL,
    manifest    BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX detail_write ON detail (write_id);
CREATE INDEX detail_kms_key ON detail (kms_key, kms_version) WHERE kms_key IS NOT NULL;

CREATE TABLE upload (
    row         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    bucket      INTEGER NOT NULL,
    key         BLOB NOT NULL,
    started_ms  INTEGER NOT NULL,
    owner       TEXT NOT NULL,
    write_id    BLOB NOT NULL,
    mode        INTEGER NOT NULL,
    kms_key     BLOB,
    kms_version INTEGER,
    envelope    BLOB NOT NULL,
    metadata    BLOB NOT NULL,
    checksum    TEXT,
    composite   INTEGER
) STRICT;
CREATE UNIQUE INDEX upload_order ON upload (bucket, key, started_ms, id);
CREATE INDEX upload_kms_key ON upload (kms_key, kms_version) WHERE kms_key IS NOT NULL;

CREATE TABLE part (
    upload      INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    blob        BLOB NOT NULL,
    size        INTEGER NOT NULL,
    etag        TEXT NOT NULL,
    md5         BLOB NOT NULL,
    salt        BLOB NOT NULL,
    commitment  BLOB NOT NULL,
    checksum    BLOB,
    modified_ms INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;

-- What a repeated CompleteMultipartUpload is answered from.
CREATE TABLE completed (
    upload       TEXT NOT NULL PRIMARY KEY,
    bucket       INTEGER NOT NULL,
    key          BLOB NOT NULL,
    version_id   TEXT,
    versioning   INTEGER NOT NULL,
    etag         TEXT NOT NULL,
    completed_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX completed_age ON completed (completed_ms);

-- state: 0 live, 1 released, 2 condemned. Ids are UUIDv7, so rows append.
CREATE TABLE blob (
    id       BLOB NOT NULL PRIMARY KEY,
    state    INTEGER NOT NULL,
    many     INTEGER NOT NULL,
    since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_doomed ON blob (state, many, since_ms) WHERE state > 0;
