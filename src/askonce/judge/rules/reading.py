"""What the rules look at in a text: its tokens, and whatever a rule has worked out from them before.

A search compares one text with a few, most of them seen before, so readings are kept, each with its facts.
"""

import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeVar, cast

from askonce.judge.rules.lexicon.light import LIGHT_WORDS
from askonce.judge.rules.stems import stem_of

Fact = TypeVar("Fact")

READINGS_KEPT = 1_024  # At 10 to 20 kB for a question of 15 words with all its facts. A guess.
MOST_CHARACTERS_KEPT = 2_000  # Longer texts are read anew each time: a thousand of them kept would be 1 GB.

# A run of digits with the marks that numbers and times have inside; a run of letters with its apostrophes;
# any other mark alone. No alternative starts where another goes on, so the scan is linear.
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[^\w\s]|_")
_MARKS = re.compile(r"[\W_]+")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "“": '"', "”": '"', "„": '"', "–": "-"})


class Token(NamedTuple):
    """`word` is the text without case. `is_glued` tells that no space stands before it."""

    text: str
    word: str
    start: int
    is_glued: bool

    @property
    def is_word(self) -> bool:
        return self.word[0].isalnum() and not self.is_number

    @property
    def is_number(self) -> bool:
        return self.word[0].isdecimal()


class Reading:
    """A text as the rules see it. Facts are worked out when first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._facts: dict[Callable[[Reading], object], object] = {}

    def fact(self, extract: "Callable[[Reading], Fact]") -> Fact:
        """What `extract` finds in this text."""
        if extract not in self._facts:
            self._facts[extract] = extract(self)
        return cast(Fact, self._facts[extract])

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        found: list[Token] = []
        end = -1
        for match in _TOKEN.finditer(self.text.translate(_APOSTROPHES)):
            start = match.start()
            found.append(Token(match[0], match[0].casefold(), start, start == end))
            end = match.end()
        return tuple(found)

    @cached_property
    def plain(self) -> str:
        """The text without case, with plain apostrophes and single spaces."""
        return " ".join(self.text.translate(_APOSTROPHES).casefold().split())

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Words and numbers in order, without case, marks and possessive endings."""
        return tuple(
            token.word.removesuffix("'s").replace(",", "") for token in self.tokens if token.word[0].isalnum()
        )

    @cached_property
    def stems(self) -> tuple[str, ...]:
        return tuple(map(stem_of, self.words))

    @cached_property
    def stem_set(self) -> frozenset[str]:
        return frozenset(self.stems)

    @cached_property
    def content(self) -> frozenset[str]:
        """The stems that carry what is asked, without the words that any question has."""
        return frozenset(
            stem for word, stem in zip(self.words, self.stems, strict=True) if word not in LIGHT_WORDS
        )

    @cached_property
    def squashed(self) -> str:
        """All letters and digits in one run: "you tube" and "YouTube" are the same there."""
        return squash(self.text)


def share_in_common(one: Reading, other: Reading, without: frozenset[str] = frozenset()) -> float:
    """How much of the content of the text with less of it the other has, too; `without` does not count."""
    mine, yours = one.content - without, other.content - without
    smaller = min(len(mine), len(yours))
    return len(mine & yours) / smaller if smaller else 1.0


def squash(text: str) -> str:
    return _MARKS.sub("", text.casefold())


def read(text: str) -> Reading:
    return Reading(text) if len(text) > MOST_CHARACTERS_KEPT else _kept(text)


@lru_cache(maxsize=READINGS_KEPT)
def _kept(text: str) -> Reading:
    return Reading(text)
