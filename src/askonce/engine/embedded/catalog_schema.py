"""The tables of catalog.db after the first, as numbered migrations. One that was released is never edited."""

# A removed cache leaves a row: whoever kept its entries must not get them back under another model; and what
# a set under way writes after its cache was removed with its entries has to be found.
_CONTROL_PLANE = (
    "ALTER TABLE caches ADD COLUMN database TEXT NOT NULL DEFAULT 'default'",
    "ALTER TABLE caches ADD COLUMN max_prompt_chars INTEGER",
    "ALTER TABLE caches ADD COLUMN max_response_chars INTEGER",
    "ALTER TABLE caches ADD COLUMN on_embedder_failure TEXT NOT NULL DEFAULT 'error'",
    """
    CREATE TABLE removed_caches (
        id            TEXT PRIMARY KEY,
        keeps_entries INTEGER NOT NULL,
        model         TEXT NOT NULL,
        dimensions    INTEGER NOT NULL,
        model_digest  TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE acts (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        at_ms    INTEGER NOT NULL,
        who      TEXT NOT NULL,
        address  TEXT NOT NULL,
        what     TEXT NOT NULL,
        subject  TEXT NOT NULL,
        details  TEXT NOT NULL
    )
    """,
    "CREATE TRIGGER acts_stay BEFORE DELETE ON acts BEGIN SELECT raise(ABORT, 'acts are only added'); END",
    "CREATE TRIGGER acts_hold BEFORE UPDATE ON acts BEGIN SELECT raise(ABORT, 'acts are only added'); END",
)

# A key has a life and grants of its own, and several tokens while it is being rotated. An admin token is a
# key that administers; until here there was one, and it had no name.
_ROTATION = (
    """
    CREATE TABLE api_keys (
        id            TEXT PRIMARY KEY,
        name          TEXT NOT NULL,
        is_admin      INTEGER NOT NULL,
        created_at_ms INTEGER NOT NULL,
        expires_at_ms INTEGER
    )
    """,
    """
    CREATE TABLE tokens (
        position      INTEGER PRIMARY KEY,
        digest        BLOB NOT NULL UNIQUE,
        key_id        TEXT NOT NULL,
        expires_at_ms INTEGER
    )
    """,
    """
    CREATE TABLE key_grants (
        position INTEGER PRIMARY KEY,
        key_id   TEXT NOT NULL,
        cache_id TEXT NOT NULL,
        access   INTEGER NOT NULL
    )
    """,
    "CREATE INDEX tokens_of_key ON tokens (key_id)",
    "CREATE INDEX grants_of_api_key ON key_grants (key_id)",
    "INSERT INTO api_keys SELECT id, name, 0, created_at_ms, NULL FROM keys",
    "INSERT INTO tokens SELECT NULL, digest, id, NULL FROM keys",
    """
    INSERT INTO key_grants
        SELECT NULL, keys.id, cache_id, access FROM grants JOIN keys USING (digest) ORDER BY position
    """,
    "INSERT INTO api_keys SELECT 'main', 'first start', 1, 0, NULL FROM admin",
    "INSERT INTO tokens SELECT NULL, digest, 'main', NULL FROM admin",
    "DROP TABLE grants",
    "DROP TABLE keys",
    "DROP TABLE admin",
)

# The caches made before there was a trained judge keep their threshold, and are judged from now on.
_JUDGED = (
    "ALTER TABLE caches ADD COLUMN judge TEXT NOT NULL DEFAULT 'model'",
    "ALTER TABLE caches ADD COLUMN min_confidence REAL NOT NULL DEFAULT 0.5",
)

_PACE = (
    "ALTER TABLE api_keys ADD COLUMN per_second REAL",
    "ALTER TABLE api_keys ADD COLUMN burst INTEGER",
)

_EVICTION = (
    "ALTER TABLE caches ADD COLUMN max_entries INTEGER",
    "ALTER TABLE caches ADD COLUMN max_bytes INTEGER",
    "ALTER TABLE caches ADD COLUMN eviction TEXT NOT NULL DEFAULT 'lru'",
    "ALTER TABLE caches ADD COLUMN ttl_mode TEXT NOT NULL DEFAULT 'fixed'",
)

LATER_MIGRATIONS = (_CONTROL_PLANE, _ROTATION, _JUDGED, _PACE, _EVICTION)
