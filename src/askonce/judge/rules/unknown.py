"""Texts in another language, another script or no language at all, which the models here can not read well.

They only pass if they are the same but for case, spaces and punctuation.
"""

from askonce.judge.rules.lexicon.light import LIGHT_WORDS
from askonce.judge.rules.lexicon.words import is_common
from askonce.judge.rules.reading import Reading

LEAST_WORDS = 5
MOST_UNKNOWN = 0.6  # Of the words without a capital. Names are unknown, too: measured in docs/decisions/0009.
MOST_FOREIGN = 0.3  # Of the letters: those beyond the Latin ones, with all their accents.
_LAST_LATIN = "\u024f"


def texts_are_unreadable(one: Reading, other: Reading) -> bool:
    if not one.fact(is_unreadable) and not other.fact(is_unreadable):
        return False
    return one.squashed != other.squashed


def is_unreadable(reading: Reading) -> bool:
    words = [token for token in reading.tokens if token.is_word]
    letters = "".join(token.word for token in words)
    if sum(letter > _LAST_LATIN for letter in letters) > MOST_FOREIGN * len(letters):
        return True
    plain = [token.word for token in words if token.text == token.word]
    unknown = sum(not is_common(word) and word not in LIGHT_WORDS for word in plain)
    return len(plain) >= LEAST_WORDS and unknown > MOST_UNKNOWN * len(plain)
