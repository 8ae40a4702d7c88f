"""JSON read strictly: what two readers might take differently is not read at all.

So what is read and written again says the same as before, white space and escapes aside.
"""

import json
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Object: TypeAlias = dict[str, "Json"]

# Far deeper than any request, and far from Python's limit on recursion, so that a text reads the same
# wherever on the stack it is read.
MAX_DEPTH = 64


def read(text: str) -> Json:
    """Raises `ValueError` for what is no JSON, is nested too deeply or has a key twice."""
    try:
        value: Json = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None
    if not _is_shallow(value):
        raise ValueError("It is nested too deeply.")
    return value


def write(value: Json) -> str:
    """Keeps the order of keys. Raises `ValueError` for 1e999: read as infinity, it tells nothing."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _object(pairs: list[tuple[str, Json]]) -> Object:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("A key twice: which of the two counts depends on the reader.")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON.")


def _is_shallow(value: Json) -> bool:
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent) if isinstance(child, dict | list)]
        if not level:
            return True
    return False


def _children(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
