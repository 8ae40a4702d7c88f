"""Every refusal a caller can meet, as facts. No HTTP here: `api/problems.py` alone knows statuses.

Two families:

* `Refusal`: the server declines one request and goes on. Raised anywhere, rendered once by the API.
* `StartRefused`: the process can not start, or a command can not run. Printed by the command line, with the
  way out.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: where (`field`), which `rule` it breaks, and a sentence for people."""

    field: str
    rule: str
    message: str


class Refusal(Exception):
    """A request that is declined. `kind` names the refusal in AskOnce's own terms; clients never see it."""

    kind = "unexpected"


class InvalidRequest(Refusal):
    """The request breaks one or more rules; nothing was changed."""

    kind = "invalid"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(" ".join(fault.message for fault in self.faults))


class UnfinishedBody(InvalidRequest):
    """The body did not arrive in time. Nothing was changed, and the rest of it is not waited for."""

    def __init__(self, limit_s: float) -> None:
        message = f"The body did not arrive within {limit_s:g} s; nothing was changed."
        super().__init__([Fault("body", "timeout", message)])


class Unauthenticated(Refusal):
    """The key is missing, malformed, unknown, revoked or expired. Which of them is not told."""

    kind = "unauthenticated"


class Forbidden(Refusal):
    """The key is live and has no grant for this call on this cache."""

    kind = "forbidden"


class UnknownPath(Refusal):
    kind = "unknown-path"


class UnknownCache(Refusal):
    """Told only to a caller that may know; everyone else is `Forbidden`."""

    kind = "unknown-cache"

    def __init__(self, cache_id: str) -> None:
        super().__init__(f"There is no cache {cache_id!r}.")


class UnknownEntry(Refusal):
    kind = "unknown-entry"

    def __init__(self, entry_id: str) -> None:
        super().__init__(f"There is no entry {entry_id!r} in this cache.")


class UnknownKey(Refusal):
    kind = "unknown-key"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"There is no key {key_id!r}.")


class MethodNotAllowed(Refusal):
    kind = "method-not-allowed"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)
        super().__init__(f"{method} is not served on this path; it takes {', '.join(self.allowed)}.")


class TooLarge(Refusal):
    kind = "too-large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The request body is larger than {limit_bytes} bytes, this server's limit.")


class TooManyRequests(Refusal):
    kind = "too-many-requests"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class RateExceeded(TooManyRequests):
    """The key asked faster than it may."""

    def __init__(self, per_second: float, *, wait_ms: int) -> None:
        message = f"This key may ask {per_second:g} times a second. Try again in {wait_ms} ms."
        super().__init__(message, retry_after_s=max(1, -(-wait_ms // 1_000)))


class TookTooLong(Refusal):
    """The request was given up at its time limit. What it began may still take effect."""

    kind = "took-too-long"

    def __init__(self, limit_s: float, *, is_write: bool) -> None:
        outcome = " It may have taken effect, or may yet; sending it again does no harm." if is_write else ""
        super().__init__(f"The request took longer than {limit_s:g} s.{outcome}")


class EngineUnavailable(Refusal):
    """The place where entries are kept can not answer now; nothing is known to have changed."""

    kind = "engine-unavailable"


class OutOfSpace(Refusal):
    """The place where entries are kept is full (disk or memory); the entry was not stored."""

    kind = "out-of-space"


class EmbedderUnavailable(Refusal):
    """The embedder failed, timed out or answered nonsense. Exact matches are served without it."""

    kind = "embedder-unavailable"


class EmbedderUnauthorized(EmbedderUnavailable):
    """The embedding endpoint refused our credentials."""

    kind = "embedder-unauthorized"


class EmbedderOverloaded(EmbedderUnavailable):
    """The embedding endpoint asked us to slow down, and went on asking through every retry."""

    kind = "embedder-overloaded"


class ServiceUnavailable(Refusal):
    """What keeps caches and keys can not be reached now; told to those who administer only."""

    kind = "service-unavailable"


class StartRefused(Exception):
    """The server or command can not run. The message says what is wrong and the way out."""


class BadSetting(StartRefused):
    def __init__(self, name: str, source: str, problem: str) -> None:
        super().__init__(f"Setting {name!r} from {source}: {problem}")


class DataInUse(StartRefused):
    """Another process holds the data directory."""


class BackupRefused(StartRefused):
    """A backup can not be taken there, or is not whole, or must not be restored there."""


class DamagedDatabase(StartRefused):
    """A database file does not read as one of ours, or breaks its own checks."""


class NewerSchema(StartRefused):
    """A database file was written by a newer AskOnce."""


class EmbedderMismatch(StartRefused):
    """A cache was filled by another embedder than the one configured under its name."""


class BadModelFile(StartRefused):
    """The bundled model's file is missing or is not the one this version was built with."""


class BadLabelledFile(StartRefused):
    """A file to measure with is not what it must be. `line` of None: the file as a whole."""

    def __init__(self, file: object, line: int | None, rule: str) -> None:
        super().__init__(f"{file}, line {line}: {rule}" if line is not None else f"{file}: {rule}")


class BadImportFile(StartRefused):
    """A file to import is not what it must be, or is cut off."""


class BadMeasurementsFile(StartRefused):
    """The file that keeps what was measured is not one of ours, or not ours to write."""
