"""Written-out numbers and times of day: where one starts, what it comes to and how many tokens it takes."""

import re
from collections.abc import Sequence

from askonce.judge.rules.lexicon.units import ORDINALS, SCALES, SMALL, TENS
from askonce.judge.rules.reading import Token

_CLOCK = re.compile(r"([01]?\d|2[0-4])[:.]([0-5]\d)(?::[0-5]\d)?|(0\d)([0-5]\d)")  # Also 0700.
_HALF_DAY = 12 * 60
MOST_WORDS = 12  # "nine hundred and ninety-nine thousand nine hundred and ninety-nine" has eleven.


def is_written(word: str) -> bool:
    return word in SMALL or word in TENS or word in SCALES


def written_at(tokens: Sequence[Token], at: int) -> tuple[int, int]:
    """ "twenty-five", "two hundred and fifty thousand": the value and the number of tokens."""
    total, part, end = 0, 0, at
    for place in range(at, min(len(tokens), at + MOST_WORDS)):
        word = tokens[place].word
        if word in ("and", "-") and total + part >= 20:
            continue  # It belongs to the number only if more of it follows.
        grown = _grown(total, part, word)
        if grown is None:
            break
        total, part = grown
        end = place + 1
    return total + part, end - at


def _grown(total: int, part: int, word: str) -> tuple[int, int] | None:
    """The finished thousands and the part before the next scale, with `word`; None if it does not fit."""
    if word == "hundred":
        return (total, max(part, 1) * 100) if part < 100 else None
    if word in SCALES:
        return total + max(part, 1) * SCALES[word], 0
    is_round, is_tens = part % 100 == 0, part % 100 >= 20 and part % 10 == 0
    if word in TENS:
        return (total, part + TENS[word]) if is_round else None
    value = SMALL.get(word) or (ORDINALS.get(word) if is_tens else None)
    if word not in SMALL and not value:
        return None
    return (total, part + (value or 0)) if is_round or (is_tens and 0 < (value or 0) < 10) else None


def clock_at(tokens: Sequence[Token], at: int) -> tuple[frozenset[int], int] | None:
    """3pm, 3:30 p.m., 15:00, 0700: the minutes of the day that it may be, and the number of tokens."""
    word = tokens[at].word
    clock = _CLOCK.fullmatch(word)
    half, length = _half_of_day(tokens, at + 1)
    if half == "":
        return (minutes_of(word), 1) if clock and "." not in word else None
    if clock is None and not (word.isdecimal() and len(word) <= 2):
        return None
    both = minutes_of(word)
    # An hour past noon needs no "pm", and is not moved by an "am" beside it.
    told = {minute for minute in both if (minute >= _HALF_DAY) == (half == "p")} if len(both) > 1 else both
    return frozenset(told), 1 + length


def minutes_of(word: str) -> frozenset[int]:
    """Both halves of the day for an hour up to 12; none if this is no time."""
    clock = _CLOCK.fullmatch(word)
    if clock:
        hour, minute = int(clock[1] or clock[3]), int(clock[2] or clock[4])
    elif word.isdecimal() and len(word) <= 2:
        hour, minute = int(word), 0
    else:
        return frozenset()
    if hour > 12:
        return frozenset((hour * 60 + minute,))
    first = hour % 12 * 60 + minute
    return frozenset((first, first + _HALF_DAY))


def _half_of_day(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """ "a" or "p" and the tokens that say so; "" if none does."""
    if at < len(tokens) and tokens[at].word in ("am", "pm"):
        return tokens[at].word[0], 1
    if [token.word for token in tokens[at : at + 3]] in (["a", ".", "m"], ["p", ".", "m"]):
        return tokens[at].word, 3
    return "", 0
