"""Attributes: the name-value pairs that scope an entry, and which names a cache admits.

Engines match attributes as opaque tokens (`attribute_token`), so that a name or value may hold any character
and a cache can admit a new name without a new index.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from askonce.errors import Fault
from askonce.model.digest import digest_of

Attributes: TypeAlias = Mapping[str, str]

ANY_NAME = "*"
MAX_ATTRIBUTES = 64  # LangCache stops at 5. 64 digests keep a filter cheap; nobody has shown a use for more.
MAX_NAME_CHARS = 128  # LangCache stops at 32 of [a-zA-Z0-9_-]; any character is fine here.
MAX_VALUE_CHARS = 65_536  # LangCache stops at 500. LangChain puts all of an agent's tools into one value.


@dataclass(frozen=True, slots=True)
class AttributeNames:
    """The attribute names a cache declares: a list, nothing at all, or any name."""

    names: frozenset[str]
    any: bool = False

    @classmethod
    def declared(cls, names: Iterable[str]) -> "AttributeNames":
        """From a cache's configuration: `["*"]` admits any name, `[]` admits none."""
        listed = frozenset(names)
        return cls(listed - {ANY_NAME}, any=ANY_NAME in listed)

    def listed(self) -> list[str]:
        return [ANY_NAME] if self.any else sorted(self.names)

    def faults(self, attributes: Attributes) -> list[Fault]:
        """What is wrong with these attributes for a cache that declares these names."""
        if not attributes or self.any:
            return []
        if not self.names:
            # RedisVL looks for the words "no attributes are configured" and explains them to its user.
            message = "Attributes were sent, but no attributes are configured for this cache."
            return [Fault("attributes", "declared", message)]
        return [
            Fault(f"attributes.{name}", "declared", f"The cache declares no attribute {name!r}.")
            for name in attributes
            if name not in self.names
        ]


def attribute_token(name: str, value: str) -> bytes:
    return digest_of("attribute", name, value)


def attribute_tokens(attributes: Attributes) -> list[bytes]:
    """One token for each pair. An entry matches a filter when it carries every token of the filter."""
    return [attribute_token(name, value) for name, value in attributes.items()]
