"""Rules that veto a stored question which is similar, yet not the same. A rule only ever vetoes.

Similarity can not see what these see: a number, a "not", or one word of many. Each rule is a sentence;
together they are measured by `python -m bench.thresholds` (docs/decisions/0006).
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

_WORD = re.compile(r"\w+(?:[.,:'’/-]\w+)*")
_NEGATION = re.compile(
    r"\b(?:no|not|never|without|none|neither|nor|cannot|nothing|nobody|nowhere|except|unless|\w+n['’]t)\b"
)
_LIGHT = re.compile(r"[\s.,!?;:\"'’“”…]+")  # White space and the punctuation that seldom changes a question.

# One word of many hardly moves the vector. Of six pairs that differ in one word (enable/disable, Lima/Rome),
# none passes the default threshold alone, one behind 10 words that both share, two behind 20, all behind 80
# (0006). So a longer text must be the same but for light punctuation. 7 % of Quora's questions are longer.
MOST_WORDS = 20


class Rules:
    """Satisfies the port `Judge`."""

    async def accepts(self, asked: str, stored: str) -> bool:
        one, other = asked.casefold(), stored.casefold()
        return not any(differ(one, other) for differ in RULES)


def numbers_differ(one: str, other: str) -> bool:
    """The words with a digit in them (numbers, dates, versions, ids) are not the same ones."""
    return _numbers(one) != _numbers(other)


def negation_differs(one: str, other: str) -> bool:
    """One text says no, not, never, without and the like; the other does not."""
    return bool(_NEGATION.search(one)) != bool(_NEGATION.search(other))


def long_texts_differ(one: str, other: str) -> bool:
    """A text too long for its vector to tell one word is not the same, light punctuation aside."""
    longest = max(len(_WORD.findall(one)), len(_WORD.findall(other)))
    return longest > MOST_WORDS and _LIGHT.sub(" ", one).strip() != _LIGHT.sub(" ", other).strip()


RULES: Sequence[Callable[[str, str], bool]] = (numbers_differ, negation_differs, long_texts_differ)


def _numbers(text: str) -> Counter[str]:
    words: list[str] = _WORD.findall(text)
    return Counter(word.replace(",", "") for word in words if any(map(str.isdigit, word)))
