"""Administrative acts: who did what to which cache or key, when, and from where.

Invariant: no token, prompt or response is in an act. `details` holds what a configuration became, which its
reader may see anyway.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Details: TypeAlias = Mapping[str, object]  # Field names of the API to values of JSON.


@dataclass(frozen=True, slots=True)
class Caller:
    """Who administers (`admin ID`, `command line`, `server`), and the address the call came from."""

    who: str
    address: str = ""


SERVER = Caller("server")  # What a start makes by itself.


@dataclass(frozen=True, slots=True)
class Act:
    """`what` is `cache.create` and the like; `subject` the id of what it was done to."""

    at_ms: int
    by: Caller
    what: str
    subject: str
    details: Details = field(default_factory=dict)
