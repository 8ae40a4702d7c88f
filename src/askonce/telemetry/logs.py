"""Logging: one line an event, for people (`console`) or machines (`json`), our own and our libraries' alike.

Facts come as `extra` or, where each microsecond counts, as a mapping: `log.info("request", {"status": 200})`.

Invariant: no prompt, response or key in it. Callers pass facts, never texts of users; an exception is logged
as its type and where it was raised, since its message may quote what it choked on.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from typing import IO, Literal

import msgspec

LogFormat = Literal["console", "json"]

MAX_CAUSES = 8  # Causes can form a ring.

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}
# Exceptions whose message comes from the operating system or the database, and is needed to mend them.
_SPEAKABLE_MODULES = frozenset({"sqlite3"})
_PLAIN = re.compile(r"[\w!#$%&'()*+,./:;<>?@[\]^{|}~-]+")  # What needs no quotes.
_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure(format: LogFormat, level: str, stream: IO[str] | None = None) -> None:
    """Send everything to `stream` (stderr), in `format`. Called once, before anything is logged.

    Libraries speak from `warning` on: some log the addresses they call, and headers, below that. uvicorn is
    let speak from `info` on; its access log is off, since the API writes one line a request itself.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if format == "json" else ConsoleFormatter())
    ours = logging.getLevelName(level.upper())
    logging.basicConfig(handlers=[handler], level=max(ours, logging.WARNING), force=True)
    logging.getLogger("askonce").setLevel(ours)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = name != "uvicorn.access"
        library.setLevel(max(ours, logging.INFO))
    # What nobody prints need not be found out for each record: half the cost of a line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # Documented in the logging cookbook's optimizations.


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, event, and the facts."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line.update(_facts(record))
        try:
            return _encode(line).decode("utf-8")
        except (
            UnicodeEncodeError
        ):  # A file name may hold half a surrogate pair. `json` writes it as an escape.
            return json.dumps(line, default=str)


class ConsoleFormatter(logging.Formatter):
    """`2026-11-24T01:25:04.123Z INFO    request method=POST status=200`; below it, where an error arose."""

    def format(self, record: logging.LogRecord) -> str:
        facts = _facts(record)
        trace = facts.pop("trace", None)
        pairs = "".join(f" {name}={_shown(value)}" for name, value in facts.items() if value is not None)
        head = f"{_time(record.created)} {record.levelname:7} {_one_line(record.getMessage())}{pairs}"
        return "\n  ".join([head, *trace]) if isinstance(trace, list) else head


def _facts(record: logging.LogRecord) -> dict[str, object]:
    if isinstance(record.args, dict):
        return record.args
    facts = {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
    if not record.name.startswith("askonce.api"):
        facts["logger"] = record.name
    if record.exc_info and record.exc_info[1] is not None:
        facts["error"], facts["trace"] = _spoken(record.exc_info[1]), _trace(record.exc_info[1])
    return facts


def _spoken(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, OSError) or kind.__module__ in _SPEAKABLE_MODULES:
        return f"{name}: {error}"
    return name


def _trace(error: BaseException, depth: int = 0) -> list[str]:
    """Where `error` was raised, outermost first; and after that what it came from."""
    lines = [
        f"{frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is None or depth == MAX_CAUSES:
        return lines
    return [*lines, f"from {_spoken(cause)}", *_trace(cause, depth + 1)]


def _shown(value: object) -> str:
    text = str(value)
    if isinstance(value, int | float):
        return text
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def _one_line(text: str) -> str:
    """A message of a library may hold anything; a line break in it could forge a line of the log."""
    return text if text.isprintable() else json.dumps(text)


def _time(seconds: float) -> str:
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1_000):03}Z"


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    """The costly part of a time, which hundreds of lines share."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
