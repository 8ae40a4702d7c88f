"""The audit log in catalog.db. Triggers refuse to change or delete a row.

An act is written in the transaction of what it tells of: neither is ever there without the other.
"""

import json
import sqlite3

from askonce.model.audit import Act, Caller


def add_act(connection: sqlite3.Connection, act: Act) -> None:
    connection.execute(
        "INSERT INTO acts VALUES (NULL, ?, ?, ?, ?, ?, ?)",
        (act.at_ms, act.by.who, act.by.address, act.what, act.subject, json.dumps(dict(act.details))),
    )


def read_acts(connection: sqlite3.Connection, before: int | None, limit: int) -> list[tuple[int, Act]]:
    """Up to `limit` acts with their positions, the latest first, of those below `before`."""
    where = "" if before is None else "WHERE position < ?"
    values = [limit] if before is None else [before, limit]
    query = f"SELECT * FROM acts {where} ORDER BY position DESC LIMIT ?"
    return [
        (position, Act(at_ms, Caller(who, address), what, subject, json.loads(details)))
        for position, at_ms, who, address, what, subject, details in connection.execute(query, values)
    ]
