"""The data directory's lock: one process at a time, told apart from a lock that a dead process left behind.

Invariant: the kernel drops an flock when its process ends, however it ends, so there is never a stale lock;
the pid in the file is only there to be named in the refusal.
"""

import fcntl
import os
from pathlib import Path
from typing import Self

from askonce.errors import DataInUse, StartRefused

LOCK_NAME = "lock"


class DirectoryLock:
    """Held from `take` to `release`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, directory: Path) -> Self:
        path = directory / LOCK_NAME
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StartRefused(
                f"The data directory {directory} can not be used: {error.strerror}."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _named_in(descriptor)
            os.close(descriptor)
            raise DataInUse(
                f"The data directory {directory} is in use by process {holder}. Stop it, or choose another "
                "directory."
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
        return cls(descriptor)

    def release(self) -> None:
        # The file stays: removing it would let a third process lock a new file of the same name.
        os.close(self._descriptor)


def holder_of(directory: Path) -> str | None:
    """The process that holds the directory; None if none does."""
    try:
        descriptor = os.open(directory / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Shared, and for a moment: there is no way to ask without.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _named_in(descriptor)
    finally:
        os.close(descriptor)
    return None


def _named_in(descriptor: int) -> str:
    return os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
