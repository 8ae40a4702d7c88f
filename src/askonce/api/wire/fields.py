"""The members of a JSON object, read one by one by name and rule.

Invariant: a reader never raises; it puts what is wrong down to the faults and returns something of the right
type, which nobody uses, because `Faults.raise_if_any` comes before the first use. Members nobody reads are
ignored. null stands for a member that is not there.
"""

from collections.abc import Sequence
from typing import TypeGuard

from askonce.api.wire.faults import Faults, FaultsWithin
from askonce.api.wire.json_text import Repeating
from askonce.model.attributes import MAX_ATTRIBUTES, MAX_NAME_CHARS, MAX_VALUE_CHARS

_JSON_TYPES = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "an array"}


class Fields:
    def __init__(self, members: dict[str, object], faults: Faults) -> None:
        self._members = members
        self._faults = faults
        self._refuse_repeats("", members)

    def has_any(self) -> bool:
        return bool(self._members)

    def has(self, name: str) -> bool:
        return name in self._members

    def has_value(self, name: str) -> bool:
        return self._members.get(name) is not None

    def is_equal(self, name: str, value: object) -> bool:
        return self._members.get(name) == value

    def require(self, *names: str) -> None:
        """Members that must be there, of which each is then read as one that need not be."""
        for name in names:
            if self._members.get(name) is None:
                self._faults.add(name, "required", f"{name} is required.")

    def text(self, name: str, *, least: int, most: int) -> str:
        """A string that must be there, of `least` to `most` characters."""
        value = self._members.get(name)
        if value is None:
            self._faults.add(name, "required", f"{name} is required.")
            return ""
        return self._text(name, value, least, most)

    def texts(self, name: str, *, most: int) -> list[str]:
        """An array of strings of up to `most` characters each; empty if it is not there."""
        array = self._array(name)
        if not array:
            return []
        return [self._text(f"{name}[{place}]", one, 0, most) for place, one in enumerate(array)]

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        value = self._members.get(name)
        if value is None:
            return default
        if not _is_number(value):
            self._mistyped(name, value, "a number")
            return default
        if not least <= value <= most:
            self._faults.add(name, "range", f"{name} must be from {least:g} to {most:g}.")
            return default
        return float(value)

    def integer(self, name: str, default: int | None, *, least: int, most: int) -> int | None:
        """A whole number. 2.0 is one: JSON does not tell it from 2."""
        value = self._members.get(name)
        if value is None:
            return default
        if not _is_number(value):
            self._mistyped(name, value, "an integer")
            return default
        if isinstance(value, float) and not value.is_integer():
            self._faults.add(name, "type", f"{name} must be an integer, not a fraction.")
            return default
        if not least <= value <= most:
            self._faults.add(name, "range", f"{name} must be from {least} to {most}.")
            return default
        return int(value)

    def boolean(self, name: str, *, default: bool) -> bool:
        value = self._members.get(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self._mistyped(name, value, "a boolean")
        return default

    def choices(self, name: str, known: Sequence[str]) -> list[str] | None:
        """An array of `known` texts, at least one, in its order and without repeats; None if not there."""
        array = self._array(name)
        if array is None:
            return None
        if not array:
            self._faults.add(name, "count", f"{name} must not be empty; leave it out for the default.")
        for place, one in enumerate(array):
            if one not in known:
                listed = ", ".join(f'"{choice}"' for choice in known)
                self._faults.add(f"{name}[{place}]", "choice", f"{name}[{place}] must be one of {listed}.")
        return list(dict.fromkeys(one for one in array if isinstance(one, str)))

    def choice(self, name: str, default: str, known: Sequence[str]) -> str:
        value = self._members.get(name)
        if value is None:
            return default
        if value not in known:
            listed = ", ".join(f'"{choice}"' for choice in known)
            self._faults.add(name, "choice", f"{name} must be one of {listed}.")
            return default
        return str(value)

    def names(self, name: str, *, most_chars: int, most: int) -> list[str] | None:
        """An array of up to `most` different texts of 1 to `most_chars` characters; None if not there."""
        array = self._array(name)
        if array is None:
            return None
        if len(array) > most:
            self._faults.add(name, "count", f"{name} must hold {most} or fewer, not {len(array)}.")
        texts = [self._text(f"{name}[{place}]", one, 1, most_chars) for place, one in enumerate(array)]
        if len(set(texts)) < len(texts):
            self._faults.add(name, "unique", f"{name} must not hold the same name twice.")
        return texts

    def objects(self, name: str, *, most: int) -> "list[Fields] | None":
        """An array of one to `most` objects; None if it is not there."""
        array = self._array(name)
        if array is None:
            return None
        if not 1 <= len(array) <= most:
            self._faults.add(name, "count", f"{name} must hold 1 to {most}, not {len(array)}.")
        found = []
        for place, one in enumerate(array):
            if isinstance(one, dict):
                found.append(Fields(one, FaultsWithin(self._faults, f"{name}[{place}].")))
            else:
                self._mistyped(f"{name}[{place}]", one, "an object")
        return found

    def attributes(self, name: str) -> dict[str, str]:
        """An object of non-empty names and texts, empty if it is not there; the sound ones."""
        value = self._members.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._mistyped(name, value, "an object")
            return {}
        self._refuse_repeats(f"{name}.", value)
        if len(value) > MAX_ATTRIBUTES:
            self._faults.add(name, "count", f"{name} must hold {MAX_ATTRIBUTES} or fewer, not {len(value)}.")
        return {key: one for key, one in value.items() if self._is_attribute(f"{name}.{key}", key, one)}

    def _is_attribute(self, field: str, name: str, value: object) -> bool:
        is_named = 1 <= len(name) <= MAX_NAME_CHARS
        if not is_named:
            message = f"An attribute's name must have 1 to {MAX_NAME_CHARS} characters."
            self._faults.add(field, "length", message)
        if not isinstance(value, str):
            self._mistyped(field, value, "a string")
        elif not 1 <= len(value) <= MAX_VALUE_CHARS:
            message = f"An attribute's value must have 1 to {MAX_VALUE_CHARS} characters."
            self._faults.add(field, "length", message)
        return is_named and isinstance(value, str)

    def _text(self, field: str, value: object, least: int, most: int) -> str:
        if not isinstance(value, str):
            self._mistyped(field, value, "a string")
            return ""
        if not least <= len(value) <= most:
            self._faults.add(field, "length", f"{field} must have {least} to {most} characters.")
        return value

    def _array(self, name: str) -> list[object] | None:
        value = self._members.get(name)
        if value is None or isinstance(value, list):
            return value
        self._mistyped(name, value, "an array")
        return None

    def _mistyped(self, field: str, value: object, wanted: str) -> None:
        # The value itself is not repeated: it may be half a prompt, and logs quote this message.
        given = "null" if value is None else _JSON_TYPES.get(type(value), "an object")
        self._faults.add(field, "type", f"It must be {wanted}, not {given}.")

    def _refuse_repeats(self, prefix: str, members: dict[str, object]) -> None:
        if isinstance(members, Repeating):
            for name in members.repeated:
                self._faults.add(f"{prefix}{name}", "unique", "The name stands more than once in its object.")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
