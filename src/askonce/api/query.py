"""What the query of a URL says, read as strictly as a body: a parameter that stands twice is refused."""

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


def _given(scope: Scope, name: str) -> str | None:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    values = query.get(name, [])
    if len(values) > 1:
        raise InvalidRequest([Fault(name, "unique", f"{name} stands more than once in the query.")])
    return values[0] if values else None
