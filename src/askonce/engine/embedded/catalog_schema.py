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

LATER_MIGRATIONS = (_CONTROL_PLANE,)
