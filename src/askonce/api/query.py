"""What the query of a URL says, read as strictly as a body: a parameter that stands twice is refused."""

from urllib.parse import parse_qs

from starlette.types import Scope

from askonce.errors import Fault, InvalidRequest

_FLAGS = {"true": True, "false": False}


def flag(scope: Scope, name: str) -> bool:
    """`true` or `false`; false if it is not there."""
    given = _given(scope, name)
    if given is None:
        return False
    if given not in _FLAGS:
        raise InvalidRequest([Fault(name, "choice", f"{name} must be true or false.")])
    return _FLAGS[given]


def _given(scope: Scope, name: str) -> str | None:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    values = query.get(name, [])
    if len(values) > 1:
        raise InvalidRequest([Fault(name, "unique", f"{name} stands more than once in the query.")])
    return values[0] if values else None
