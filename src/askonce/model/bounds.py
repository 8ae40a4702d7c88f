"""What one cache admits and holds: texts, beside what the server admits (the smaller of the two counts), and
entries and bytes in all, with the policy by which some go when there are too many.
"""

from dataclasses import dataclass
from enum import StrEnum

from askonce.model.attributes import Attributes
from askonce.model.entry import Entry

BYTES_A_DIMENSION = 4  # float32.
MAX_CHARS_BOUND = 1_000_000_000  # More than any body can carry; a larger number is a typing mistake.
MAX_ENTRIES_BOUND = 1_000_000_000  # Likewise, of what one machine's memory can index,
MAX_BYTES_BOUND = 1_000_000_000_000_000  # and of what its disks hold.


class EvictionPolicy(StrEnum):
    """Who goes when a set finds its cache full. What is over goes before anyone else, whatever the policy.

    A use is a set or a hit. Among equals the older entry goes first.
    """

    LRU = "lru"  # Whose last use is longest ago.
    LFU = "lfu"  # Who was used least often; a newcomer begins where the last one to go left off.
    OLDEST = "oldest"  # Who was set first, used or not.
    NONE = "none"  # Nobody: the set is refused.


@dataclass(frozen=True, slots=True)
class Bounds:
    """None: as much as the server takes, as many entries and bytes (`entry_bytes`) as there is room for."""

    max_prompt_chars: int | None = None
    max_response_chars: int | None = None
    max_entries: int | None = None
    max_bytes: int | None = None
    eviction: EvictionPolicy = EvictionPolicy.LRU

    def prompt_chars(self, server_most: int) -> int:
        return _smaller(self.max_prompt_chars, server_most)

    def response_chars(self, server_most: int) -> int:
        return _smaller(self.max_response_chars, server_most)

    def hold(self, entries: int, entries_bytes: int) -> bool:
        """Whether so many entries with so many bytes are within them."""
        return (self.max_entries is None or entries <= self.max_entries) and (
            self.max_bytes is None or entries_bytes <= self.max_bytes
        )


UNBOUNDED = Bounds()


@dataclass(frozen=True, slots=True)
class Size:
    """What a cache holds: live entries, and the bytes of all that is still kept (`entry_bytes`)."""

    entries: int
    bytes: int


def entry_bytes(entry: Entry, dimensions: int) -> int:
    """What an entry counts for: its texts in UTF-8 and its vector in float32. The rows, indexes and free
    pages around them are the engine's own and come on top.
    """
    response = len(entry.response.encode("utf-8"))
    return question_bytes(entry.prompt, entry.attributes) + response + BYTES_A_DIMENSION * dimensions


def question_bytes(prompt: str, attributes: Attributes) -> int:
    """The part of `entry_bytes` that the entry's id is made of."""
    texts = [prompt]
    for pair in attributes.items():
        texts += pair
    return sum(len(text.encode("utf-8")) for text in texts)


def _smaller(own: int | None, server_most: int) -> int:
    return server_most if own is None else min(own, server_most)
