"""The tables of entries.db, as numbered migrations. A migration that was released is never edited again.

`seq` counts moments: it only grows, a replaced entry gets a new one, and so it orders entries by age and
names one version of an entry. Hits are moments too, so that of a set and a hit it is known which came first.

A `space` is one life of a cache's contents: a flush ends it and the next write begins another, which makes a
flush one small commit however full the cache is.

Vectors have their own table: 1.5 KB blobs of one size pack tightly in pages of their own and do not push a
1 KB response to overflow pages.
"""

from askonce.engine.embedded.database import Schema

ENTRIES_APPLICATION_ID = 0x41734F45  # "AsOE"

_FIRST = (
    """
    CREATE TABLE spaces (
        space      INTEGER PRIMARY KEY AUTOINCREMENT,
        cache_id   TEXT NOT NULL,
        dimensions INTEGER,
        flushed    INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE UNIQUE INDEX live_space ON spaces (cache_id) WHERE flushed = 0",
    """
    CREATE TABLE entries (
        seq           INTEGER PRIMARY KEY,
        space         INTEGER NOT NULL,
        id            BLOB NOT NULL,
        prompt        TEXT NOT NULL,
        response      TEXT NOT NULL,
        attributes    TEXT,
        context       TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        expires_at_ms INTEGER
    )
    """,
    "CREATE UNIQUE INDEX entry_by_id ON entries (space, id)",
    "CREATE INDEX entry_by_expiry ON entries (expires_at_ms) WHERE expires_at_ms IS NOT NULL",
    "CREATE TABLE vectors (seq INTEGER PRIMARY KEY, vector BLOB NOT NULL)",
)

# What eviction goes by. An entry has a row of `uses` once it was served: small rows of their own, because
# hits come by the thousand and an entry's page is full of text. `frequency` of an entry is what it came in
# with. What is over is looked for in one cache too, when that is full.
_EVICTION = (
    "CREATE TABLE uses (seq INTEGER PRIMARY KEY, last INTEGER NOT NULL, frequency INTEGER NOT NULL)",
    "ALTER TABLE entries ADD COLUMN renewed_at_ms INTEGER",
    "ALTER TABLE entries ADD COLUMN frequency INTEGER NOT NULL DEFAULT 1",
    "DROP INDEX entry_by_expiry",
    """
    CREATE INDEX entry_by_expiry ON entries (space, expires_at_ms) WHERE expires_at_ms IS NOT NULL
    """,
)

ENTRIES = Schema(application_id=ENTRIES_APPLICATION_ID, migrations=(_FIRST, _EVICTION))
