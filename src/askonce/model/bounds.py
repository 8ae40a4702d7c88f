"""What one cache admits beside what the server admits; the smaller of the two counts."""

from dataclasses import dataclass

from askonce.model.entry import Entry

BYTES_A_DIMENSION = 4  # float32.
MAX_CHARS_BOUND = 1_000_000_000  # More than any body can carry; a larger number is a typing mistake.


@dataclass(frozen=True, slots=True)
class Bounds:
    """None: as much as the server takes."""

    max_prompt_chars: int | None = None
    max_response_chars: int | None = None

    def prompt_chars(self, server_most: int) -> int:
        return _smaller(self.max_prompt_chars, server_most)

    def response_chars(self, server_most: int) -> int:
        return _smaller(self.max_response_chars, server_most)


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
    texts = [entry.prompt, entry.response]
    for pair in entry.attributes.items():
        texts += pair
    return sum(len(text.encode("utf-8")) for text in texts) + BYTES_A_DIMENSION * dimensions


def _smaller(own: int | None, server_most: int) -> int:
    return server_most if own is None else min(own, server_most)
