"""Names: flights to Lima against flights to Rome, an iPhone against a Pixel.

A name is a capitalised word that no sentence starts with, a word in capitals, or a term that a small
dictionary lacks. The rules speak only where each text has a name that the other has not, in any spelling, and
the texts are otherwise alike. A name on one side only is not enough: people leave names out and put them in.
"""

from askonce.judge.rules.alike import is_in
from askonce.judge.rules.lexicon.calendar import MONTHS, WEEKDAYS
from askonce.judge.rules.lexicon.light import LIGHT_WORDS
from askonce.judge.rules.lexicon.units import ROMANS
from askonce.judge.rules.lexicon.words import is_common
from askonce.judge.rules.reading import Reading, Token, share_in_common
from askonce.judge.rules.stems import stem_of

_STARTS = frozenset(".!?:;\"'(-")
MOST_CAPITALS = 0.8
MOST_NAMES = 32  # The first ones of a text: comparing all with all must not grow with its square.
# Of the content of the text that has less of it, names aside. Measured: docs/decisions/0009.
LEAST_SHARED = 0.5
LEAST_SHARED_OF_RARE = 0.75


def names_differ(one: Reading, other: Reading) -> bool:
    return _are_others(one, other, one.fact(names_of), other.fact(names_of), LEAST_SHARED)


def rare_words_differ(one: Reading, other: Reading) -> bool:
    return _are_others(one, other, one.fact(rare_words_of), other.fact(rare_words_of), LEAST_SHARED_OF_RARE)


def _are_others(
    one: Reading, other: Reading, left: tuple[str, ...], right: tuple[str, ...], least: float
) -> bool:
    if not left or not right:
        return False
    mine = [name for name in left if not is_in(name, other)]
    yours = [name for name in right if not is_in(name, one)] if mine else []
    if not mine or not yours:
        return False
    return share_in_common(one, other, frozenset(map(stem_of, (*mine, *yours)))) >= least


def names_of(reading: Reading) -> tuple[str, ...]:
    tokens = reading.tokens
    is_titled = _is_titled(tokens)
    found = dict.fromkeys(
        token.word.removesuffix("'s")
        for at, token in enumerate(tokens)
        if _is_name(tokens, at) and (not is_titled or _is_rare(token.word))
    )
    return tuple(found)[:MOST_NAMES]


def rare_words_of(reading: Reading) -> tuple[str, ...]:
    found = dict.fromkeys(word for word in reading.words if _is_rare(word))
    return tuple(found)[:MOST_NAMES]


def _is_rare(word: str) -> bool:
    return (
        len(word) > 3
        and word.isalpha()
        and word not in LIGHT_WORDS
        and not is_common(word)
        and word not in MONTHS
        and word not in WEEKDAYS
    )


def _is_titled(tokens: tuple[Token, ...]) -> bool:
    """Where all content is capitalised ("Reset My Account Password"), a capital tells nothing."""
    words = [token for token in tokens[1:] if token.is_word and token.word not in LIGHT_WORDS]
    return len(words) > 1 and sum(token.text[0].isupper() for token in words) > MOST_CAPITALS * len(words)


def _is_name(tokens: tuple[Token, ...], at: int) -> bool:
    token = tokens[at]
    if token.text in ROMANS:
        return False
    if (
        not token.text[0].isupper()
        or len(token.text) < 2
        or token.word in LIGHT_WORDS
        or token.word in MONTHS
        or token.word in WEEKDAYS
    ):
        return False
    is_first = at == 0 or tokens[at - 1].word in _STARTS
    if token.text.isupper() or any(map(str.isupper, token.text[1:])):
        return True
    return not is_first or _is_rare(token.word)
