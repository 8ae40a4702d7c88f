"""What is wrong with a request, collected as it is read, so that the caller learns of everything at once."""

from collections.abc import Iterable
from typing import NoReturn

from askonce.errors import Fault, InvalidRequest

MAX_FAULTS = 100  # An answer stays small whatever the request was; nobody mends more in one go.
MAX_FIELD_CHARS = 160  # Room for `attributes.` and the longest name allowed.


class Faults:
    def __init__(self) -> None:
        self._found: list[Fault] = []
        self._left_out = 0

    def add(self, field: str, rule: str, message: str) -> None:
        if len(self._found) < MAX_FAULTS:
            self._found.append(Fault(_shortened(field), rule, message))
        else:
            self._left_out += 1

    def extend(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.add(fault.field, fault.rule, fault.message)

    def refuse(self, field: str, rule: str, message: str) -> NoReturn:
        """For a fault after which nothing more can be read."""
        self.add(field, rule, message)
        raise InvalidRequest(self._found)

    def raise_if_any(self) -> None:
        if self._left_out:
            message = f"There are {self._left_out} more faults."
            self._found.append(Fault("body", "count", message))
        if self._found:
            raise InvalidRequest(self._found)


class FaultsWithin(Faults):
    """Those of one object inside the body: told to `outer` with the way to it before each field."""

    def __init__(self, outer: Faults, way: str) -> None:
        super().__init__()
        self._outer = outer
        self._way = way
        self.count = 0

    def add(self, field: str, rule: str, message: str) -> None:
        self.count += 1
        self._outer.add(self._way + field, rule, message)


def _shortened(field: str) -> str:
    return field if len(field) <= MAX_FIELD_CHARS else field[:MAX_FIELD_CHARS] + "…"
