"""Scope: "in Berlin" against "in Munich", "for students" against for anybody, "without sugar" against with.

Both rules want the texts to be the same word for word, but for one gap: there either another phrase stands
behind the same preposition, or one text has a phrase and the other nothing. Looser rules were tried, that
compared the phrases of reworded texts, too: they vetoed 2 to 7 % of the true rewordings
(docs/decisions/0009).
"""

from askonce.judge.rules.alike import is_in
from askonce.judge.rules.lexicon import word_set
from askonce.judge.rules.lexicon.light import LIGHT_WORDS
from askonce.judge.rules.lexicon.units import SMALL, TENS, UNITS
from askonce.judge.rules.reading import Reading
from askonce.judge.rules.stems import stem_of

_PREPOSITIONS = word_set(
    "in for at near during without from under between outside inside against if while within unless until "
    "since before after via using"
)
_ADDING = _PREPOSITIONS | frozenset(("on", "with", "by"))
# Phrases of these words narrow nothing down.
_IDLE = frozenset(
    map(
        stem_of,
        word_set(
            "world life general free future past case order time times now history detail details short "
            "depth home real total all advance present online internet computer phone way ways word words "
            "term terms english simple brief google quora fact end moment earth human humans beginner "
            "beginners table database record records state states group job work living reference regard "
            "regards addition manner name price"
        ),
    )
)
MOST_WORDS_APART = 4


def phrases_differ(one: Reading, other: Reading) -> bool:
    """Another phrase behind the same preposition."""
    before, mine, yours = _gap(one, other)
    if not mine or not yours or before not in _PREPOSITIONS:
        return False
    return _is_telling(mine, other) and _is_telling(yours, one)


def a_phrase_is_added(one: Reading, other: Reading) -> bool:
    """One text has a phrase more, which starts with a preposition."""
    _, mine, yours = _gap(one, other)
    if bool(mine) == bool(yours):
        return False
    phrase, longer = (mine, other) if mine else (yours, one)
    return phrase[0] in _ADDING and _is_telling(phrase[1:], longer)


def _is_telling(phrase: tuple[str, ...], other: Reading) -> bool:
    words = [word for word in phrase if word not in LIGHT_WORDS]
    return (
        bool(words)
        and not any(map(_is_number, words))
        and not any(stem_of(word) in _IDLE or is_in(word, other) for word in words)
    )


def _is_number(word: str) -> bool:
    """Numbers have a rule of their own, which knows them by other names."""
    return word[0].isdecimal() or word[-1].isdecimal() or word in UNITS or word in SMALL or word in TENS


def _gap(one: Reading, other: Reading) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The word before the one place where the texts differ, and what each has there; nothing if too long."""
    left, right = one.stems, other.stems
    shortest = min(len(left), len(right))
    start = 0
    while start < shortest and left[start] == right[start]:
        start += 1
    end = 0
    while end < shortest - start and left[-1 - end] == right[-1 - end]:
        end += 1
    mine, yours = one.words[start : len(left) - end], other.words[start : len(right) - end]
    if len(mine) > MOST_WORDS_APART or len(yours) > MOST_WORDS_APART or start + end == 0:
        return "", (), ()
    at = start - 1
    while at > 0 and left[at] in ("the", "a", "an", "my", "of"):
        at -= 1
    return (one.words[at] if at >= 0 else ""), mine, yours
