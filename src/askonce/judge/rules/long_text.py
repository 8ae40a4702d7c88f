"""Texts so long that one word of them hardly moves the vector, for as long as no trained judge reads them."""

import re

from askonce.judge.rules.reading import Reading

_LIGHT = re.compile(r"[\s.,!?;:\"'’“”…]+")  # White space and the punctuation that seldom changes a question.

# Of six pairs that differ in one word (enable/disable, Lima/Rome), none passes the default threshold alone,
# one behind 10 words that both share, two behind 20, all behind 80 (docs/decisions/0006). 7 % of Quora's
# questions are longer.
MOST_WORDS = 20


def long_texts_differ(one: Reading, other: Reading) -> bool:
    is_long = len(one.words) > MOST_WORDS or len(other.words) > MOST_WORDS
    return is_long and one.fact(_bare) != other.fact(_bare)


def _bare(reading: Reading) -> str:
    return _LIGHT.sub(" ", reading.text.casefold()).strip()
