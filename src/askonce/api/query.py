"""What the query of a URL says, read as strictly as a body: a parameter that stands twice is refused."""

from collections.abc import Sequence
from urllib.parse import parse_qs

from starlette.types import Scope

from askonce.errors import Fault, InvalidRequest

MAX_DIGITS = 19  # Of the largest number that any parameter takes.
_FLAGS = {"true": True, "false": False}


def flag(scope: Scope, name: str) -> bool:
    """`true` or `false`; false if it is not there."""
    given = _given(scope, name)
    if given is None:
        return False
    if given not in _FLAGS:
        raise InvalidRequest([Fault(name, "choice", f"{name} must be true or false.")])
    return _FLAGS[given]


def integer(scope: Scope, name: str, *, least: int, most: int) -> int | None:
    given = _given(scope, name)
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= MAX_DIGITS):
        raise InvalidRequest([Fault(name, "type", f"{name} must be a whole number.")])
    if not least <= int(given) <= most:
        raise InvalidRequest([Fault(name, "range", f"{name} must be from {least} to {most}.")])
    return int(given)


def text(scope: Scope, name: str, *, most: int) -> str | None:
    given = _given(scope, name)
    if given is not None and len(given) > most:
        raise InvalidRequest([Fault(name, "length", f"{name} must have {most} characters or fewer.")])
    return given


def choice(scope: Scope, name: str, known: Sequence[str]) -> str | None:
    given = _given(scope, name)
    if given is not None and given not in known:
        listed = ", ".join(known)
        raise InvalidRequest([Fault(name, "choice", f"{name} must be one of {listed}.")])
    return given


def members(scope: Scope, name: str, *, most: int) -> dict[str, str]:
    """`name.KEY=value` for each key: what the member `name` of a body would be. `most` is of a value."""
    dotted = f"{name}."
    keys = [key for key in _query(scope) if key.startswith(dotted)]
    return {key.removeprefix(dotted): text(scope, key, most=most) or "" for key in keys}


def _given(scope: Scope, name: str) -> str | None:
    values = _query(scope).get(name, [])
    if len(values) > 1:
        raise InvalidRequest([Fault(name, "unique", f"{name} stands more than once in the query.")])
    return values[0] if values else None


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
