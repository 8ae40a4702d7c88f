"""Rules that veto a stored question which is similar, yet not the same. A rule only ever vetoes.

Similarity can not see what these see: a number, a "not", or one word of many. Each rule is a sentence;
together they are measured by `python -m bench.thresholds` (docs/decisions/0006).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"\w+(?:[.,:'’/-]\w+)*")
_NEGATION = re.compile(
    r"\b(?:no|not|never|without|none|neither|nor|cannot|nothing|nobody|nowhere|except|unless|\w+n['’]t)\b"
)
_LIGHT = re.compile(r"[\s.,!?;:\"'’“”…]+")  # White space and the punctuation that seldom changes a question.

# One word of many hardly moves the vector. Of six pairs that differ in one word (enable/disable, Lima/Rome),
# none passes the default threshold alone, one behind 10 words that both share, two behind 20, all behind 80
# (0006). So a longer text must be the same but for light punctuation. 7 % of Quora's questions are longer.
MOST_WORDS = 20


READINGS_KEPT = 256  # A search compares one text with a few; long prompts make this 16 MB at the most.


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules look at in a text."""

    numbers: tuple[str, ...]  # Every word with a digit in it, sorted.
    is_negated: bool
    is_long: bool
    bare: str  # Without case and light punctuation.


def vetoes(asked: str, stored: str) -> tuple[str, ...]:
    """The names of the rules by which the two are not the same question."""
    one, other = read(asked), read(stored)
    return tuple(differ.__name__.replace("_", "-") for differ in RULES if differ(one, other))


@lru_cache(maxsize=READINGS_KEPT)
def read(text: str) -> Reading:
    folded = text.casefold()
    words: list[str] = _WORD.findall(folded)
    numbers = sorted(word.replace(",", "") for word in words if any(map(str.isdigit, word)))
    return Reading(
        numbers=tuple(numbers),
        is_negated=_NEGATION.search(folded) is not None,
        is_long=len(words) > MOST_WORDS,
        bare=_LIGHT.sub(" ", folded).strip(),
    )


def numbers_differ(one: Reading, other: Reading) -> bool:
    """The words with a digit in them (numbers, dates, versions, ids) are not the same ones."""
    return one.numbers != other.numbers


def negation_differs(one: Reading, other: Reading) -> bool:
    """One text says no, not, never, without and the like; the other does not."""
    return one.is_negated != other.is_negated


def long_texts_differ(one: Reading, other: Reading) -> bool:
    """A text too long for its vector to tell one word is not the same, light punctuation aside."""
    return (one.is_long or other.is_long) and one.bare != other.bare


RULES: Sequence[Callable[[Reading, Reading], bool]] = (numbers_differ, negation_differs, long_texts_differ)
