"""Numbers: a top 5 against a top 10, 2 weeks against 3, 5 km against 5 miles, version 3.11 against 3.12."""

from askonce.judge.rules.amounts import Number, numbers_of
from askonce.judge.rules.lexicon import word_set
from askonce.judge.rules.lexicon.units import UNITS
from askonce.judge.rules.reading import Reading
from askonce.judge.rules.stems import stem_of

_BESIDE_NUMBERS = frozenset(
    map(
        stem_of,
        word_set("under over below above after before within around least most than top max min version"),
    )
) | frozenset(map(stem_of, UNITS))


def numbers_differ(one: Reading, other: Reading) -> bool:
    """Each has a number that the other has not. One on one side only is left out too often to tell."""
    left, right = one.fact(numbers_of), other.fact(numbers_of)
    return bool(_unmatched(left, right)) and bool(_unmatched(right, left))


def ordinals_differ(one: Reading, other: Reading) -> bool:
    """Both name places in an order, in words at least once, and no two are the same."""
    left, right = ([each for each in side.fact(numbers_of) if each.is_ordinal] for side in (one, other))
    if not left or not right or all(each.is_digits for each in (*left, *right)):
        return False  # "The 12th" in digits is most often a day, and a number like any other.
    return not any(each.is_same(same) for each in left for same in right)


def a_number_is_added(one: Reading, other: Reading) -> bool:
    """Both ask in the same words, and one of them has a number more."""
    return _adds_a_number(one, other) or _adds_a_number(other, one)


def _adds_a_number(one: Reading, other: Reading) -> bool:
    unmatched = _unmatched(one.fact(numbers_of), other.fact(numbers_of))
    if not any(each.is_digits for each in unmatched) or not other.content <= one.content:
        return False
    return all(word[0].isdecimal() or word in _BESIDE_NUMBERS for word in one.content - other.content)


def _unmatched(numbers: tuple[Number, ...], others: tuple[Number, ...]) -> list[Number]:
    return [each for each in numbers if not each.is_hint and not any(map(each.is_same, others))]
