"""Checkpoints: moving committed pages from the write-ahead log to the database, off everyone's path.

Passive checkpoints run on a thread and a connection of their own: they wait for nobody and hold nobody up.
When one has moved everything, the next commit begins the log again from its start. Under writing that never
pauses it always leaves a few pages, so the log would grow without end. Past `LOG_LIMIT_BYTES` the writer
itself, between two transactions, moves what is left and begins the log again: puts wait for that some
milliseconds, once in many thousand of them. Another thread could not: it would have to win SQLite's write
lock from a writer that lets go of it for microseconds, and was seen to lose for 400 MB.

Invariant: a checkpoint that fails loses nothing. The log keeps what was not moved, and a later round tries
again.
"""

import logging
import sqlite3
import threading
from pathlib import Path

from askonce.engine.embedded.database import BUSY_MS, PAGE_BYTES, Durability, connect

log = logging.getLogger(__name__)

# A passive checkpoint of 8 MiB takes 5 to 13 ms. A smaller log is moved more often and writes the same pages
# again; a larger one costs disk. bench/engine_measure.py checkpoint.
CHECKPOINT_BYTES = 8 * 2**20
LOG_LIMIT_BYTES = 64 * 2**20  # Eight rounds in which writers never paused.
RESTART_WAIT_MS = (
    50  # Readers take microseconds. A check may read for minutes; it is waited for another time.
)


class Checkpointer:
    def __init__(self, path: Path, durability: Durability) -> None:
        self._connection = connect(path, durability)
        self._lock = threading.Lock()  # Of the four numbers.
        self._due_bytes = 0  # Written since the last round was asked for.
        self._log_bytes = 0  # As the last round found it,
        self._since_bytes = 0  # and written since, by estimate.
        self._limit_bytes = LOG_LIMIT_BYTES
        self._is_due = threading.Event()
        self._is_closed = False
        self.rounds = 0
        self._thread = threading.Thread(target=self._work, name="askonce-checkpoint", daemon=True)
        self._thread.start()

    def wrote(self, estimated_bytes: int) -> None:
        """Called after each commit, with what it added to the log."""
        with self._lock:
            self._since_bytes += estimated_bytes
            self._due_bytes += estimated_bytes
            if self._due_bytes >= CHECKPOINT_BYTES:
                self._due_bytes = 0
                self._is_due.set()

    def begin_log_again(self, writer: sqlite3.Connection) -> None:
        """Called by the writer between two transactions; does nothing unless the log is too long."""
        with self._lock:
            length = self._log_bytes + self._since_bytes
            if length <= self._limit_bytes:
                return
        try:
            writer.execute(f"PRAGMA busy_timeout = {RESTART_WAIT_MS}")
            is_begun = _checkpoint(writer, "RESTART") is not None
            writer.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        except sqlite3.Error as error:
            is_begun = False
            _warn(error)
        with self._lock:
            if is_begun:
                self._log_bytes = self._since_bytes = 0
            # Someone reads for long, or a round is under way: not again before more has been written.
            self._limit_bytes = LOG_LIMIT_BYTES if is_begun else length + CHECKPOINT_BYTES

    def _work(self) -> None:
        while True:
            self._is_due.wait()
            self._is_due.clear()
            if self._is_closed:
                return
            try:
                self._round()
            except sqlite3.Error as error:
                _warn(error)

    def _round(self) -> None:
        with self._lock:
            counted = self._since_bytes
        length = _checkpoint(self._connection, "PASSIVE")
        with self._lock:
            if length is not None and self._since_bytes >= counted:  # Else the log was begun again meanwhile.
                self._log_bytes = length
                self._since_bytes -= counted
            self.rounds += 1

    def close(self) -> None:
        """Ends the thread, and moves everything so that the log is empty."""
        self._is_closed = True
        self._is_due.set()
        self._thread.join()
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            _warn(error)
        finally:
            self._connection.close()


def _checkpoint(connection: sqlite3.Connection, mode: str) -> int | None:
    """How long the log was; None if someone stood in the way.

    That all of it was moved means little: a commit may have come since, and only one that finds every page
    moved begins the log again.
    """
    is_busy, pages, _ = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    return None if is_busy else int(pages) * PAGE_BYTES


def _warn(error: sqlite3.Error) -> None:
    log.warning("checkpoint failed: %s", getattr(error, "sqlite_errorname", type(error).__name__))
