"""Words without their endings, so that "enables", "enabled" and "enabling" are one.

Lighter than Porter's stemmer: what it leaves apart costs a rule some use, what it threw together would cost
harm.
"""

from functools import lru_cache

_VOWELS = frozenset("aeiouy")
WORDS_KEPT = 8_192  # More than the words of the questions that a busy cache sees in a minute. A guess.


@lru_cache(maxsize=WORDS_KEPT)
def stem_of(word: str) -> str:
    """`word` is in lower case."""
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) < 4 or not word.isalpha():
        return word
    return _without_e(_without_verb_ending(_without_plural(word)))


def _without_plural(word: str) -> str:
    if word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zzes")):
        return word[:-2]
    return word.removesuffix("s")


def _without_verb_ending(word: str) -> str:
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            if word.endswith("eed"):
                return word
            if word.endswith("ied"):
                return word[:-3] + "y"
            stem = word[: -len(ending)]
            if not _VOWELS & set(stem):  # "thing", "sled"
                return word
            is_doubled = stem[-1] == stem[-2] and stem[-1] not in "lsz"
            return stem[:-1] if is_doubled else stem
    return word


def _without_e(word: str) -> str:
    return word[:-1] if word.endswith("e") and len(word) > 3 else word
