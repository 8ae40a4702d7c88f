"""Looking through a cache: which entries, in which order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from askonce.model.attributes import Attributes
from askonce.model.entry import Entry

EXPORT_FORMAT = "askonce-entries-1"  # The first word of an export; a change of its lines is another one.


class Order(StrEnum):
    """By when an entry was set. Setting it again makes it the newest.

    `NEWEST` and `OLDEST` show what was there at the first page: no entry twice, and every one that is neither
    set again nor removed meanwhile. `WRITTEN` is the oldest first and goes on to what is set meanwhile, so
    that no entry is missed whatever happens to it, and one that is set again comes again, as it is then.
    """

    NEWEST = "newest"
    OLDEST = "oldest"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries whose prompt begins with `prefix`, whatever its case, and that carry all of `attributes`."""

    order: Order = Order.NEWEST
    prefix: str = ""
    attributes: Attributes = field(default_factory=dict)

    def has_prompt(self, prompt: str) -> bool:
        folded = self.prefix.casefold()
        # Folding a character gives one or more, so the first of the folded are in the first of the prompt.
        return prompt[: len(folded)].casefold().startswith(folded)

    def has(self, entry: Entry) -> bool:
        return self.has_prompt(entry.prompt) and _carries(entry.attributes, self.attributes)


def _carries(attributes: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return wanted.items() <= attributes.items()
