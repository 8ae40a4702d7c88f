"""Checkpoints: moving committed pages from the write-ahead log to the database, off everyone's path.

They run on a thread and a connection of their own. A passive checkpoint waits for nobody and holds nobody
up, and when it has moved everything, the next commit begins the log again from its start. Under writing that
never pauses it always leaves a few pages, so the log would grow without end; past `LOG_LIMIT_BYTES` one
restarting checkpoint keeps writers out for the few pages that the passive one before it left.
"""

import logging
import sqlite3
import threading
from pathlib import Path

from askonce.engine.embedded.database import PAGE_BYTES, Durability, connect

log = logging.getLogger(__name__)

# Measured with puts of 1 KB responses: a passive checkpoint takes 5 to 13 ms at 8 MiB. A smaller log is moved
# more often and writes the same pages again; a larger one costs disk. bench/engine_measure.py checkpoint.
CHECKPOINT_BYTES = 8 * 2**20
LOG_LIMIT_BYTES = 64 * 2**20  # Eight rounds in which writers never paused.
RESTART_WAIT_MS = 1_000  # Readers take microseconds; one that takes a second will be waited for next time.


class Checkpointer:
    def __init__(self, path: Path, durability: Durability) -> None:
        self._connection = connect(path, durability)
        self._connection.execute(f"PRAGMA busy_timeout = {RESTART_WAIT_MS}")
        self._written = 0
        self._is_due = threading.Event()
        self._is_closed = False
        self.rounds = 0
        self._thread = threading.Thread(target=self._work, name="askonce-checkpoint", daemon=True)
        self._thread.start()

    def wrote(self, estimated_bytes: int) -> None:
        """Called after each commit, with what it added to the log."""
        self._written += estimated_bytes
        if self._written >= CHECKPOINT_BYTES:
            self._written = 0
            self._is_due.set()

    def _work(self) -> None:
        while True:
            self._is_due.wait()
            self._is_due.clear()
            if self._is_closed:
                return
            try:
                self._round()
            except sqlite3.Error as error:
                # Nothing is lost: the log keeps what could not be moved, and the next round tries again.
                log.warning("checkpoint failed: %s", getattr(error, "sqlite_errorname", error))

    def _round(self) -> None:
        if self._checkpoint("PASSIVE") > LOG_LIMIT_BYTES:
            self._checkpoint("RESTART")
        self.rounds += 1

    def _checkpoint(self, mode: str) -> int:
        """How long the log was. That all of it was moved means little: a commit may have come since, and only
        one that finds every page moved begins the log again.
        """
        _, pages, _ = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return int(pages) * PAGE_BYTES

    def close(self) -> None:
        """Ends the thread, and moves everything so that the log is empty."""
        self._is_closed = True
        self._is_due.set()
        self._thread.join()
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self._connection.close()
