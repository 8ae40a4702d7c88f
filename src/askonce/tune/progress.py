"""How far a measurement is, on one line that is written over: on a terminal, and nowhere else."""

import time
from typing import TextIO

WIDTH = 30
PAUSE_S = 0.1  # Between two lines: more often nobody sees, and a slow terminal would wait for.


class ProgressBar:
    """Satisfies `Progress`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_shown = stream.isatty()
        self._shown_at = 0.0

    def __call__(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        if not self._is_shown or (done < of and now - self._shown_at < PAUSE_S):
            return
        self._shown_at = now
        full = WIDTH * done // of
        end = "\n" if done == of else ""
        self._stream.write(f"\r{what}  [{'#' * full}{'.' * (WIDTH - full)}]  {done:,} of {of:,}\x1b[K{end}")
        self._stream.flush()
