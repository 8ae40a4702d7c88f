"""Dates and times of the calendar: "5 May" against "6 May", Monday against Friday, tomorrow against today."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from askonce.judge.rules.lexicon.calendar import (
    BEFORE_MONTHS,
    DAY_PARTS,
    DOUBTFUL_MONTHS,
    MONTHS,
    PERIODS,
    RATES,
    RELATIVE_DAYS,
    SEASONS,
    WEEKDAYS,
    WHICH,
)
from askonce.judge.rules.reading import Reading, Token

# (month, day), or both ways to read 5/6.
Day: TypeAlias = frozenset[tuple[int, int]]

_ORDINAL_ENDINGS = ("st", "nd", "rd", "th")
MOST_DAYS = 32  # The first ones of a text: comparing all with all must not grow with its square.
_DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})")


@dataclass(frozen=True, slots=True)
class Dates:
    """`used` are the places of the tokens that say a day: their numbers are not amounts."""

    days: frozenset[Day]
    months: frozenset[int]
    weekdays: frozenset[int]
    relative: frozenset[str]
    periods: frozenset[tuple[str, int]]
    rates: frozenset[str]
    seasons: frozenset[str]
    parts: frozenset[str]
    used: frozenset[int]


def dates_differ(one: Reading, other: Reading) -> bool:
    left, right = one.fact(dates_of), other.fact(dates_of)
    if left.days and right.days and not any(mine & yours for mine in left.days for yours in right.days):
        return True
    return (
        _are_apart(left.months, right.months)
        or _are_apart(left.weekdays, right.weekdays)
        or _are_apart(left.relative, right.relative)
        or _are_apart(left.periods, right.periods)
        or _are_apart(left.rates, right.rates)
        or _are_apart(left.seasons, right.seasons)
        or _are_apart(left.parts, right.parts)
    )


def a_date_is_missing(one: Reading, other: Reading) -> bool:
    return _has_date(one.fact(dates_of)) != _has_date(other.fact(dates_of))


def _has_date(dates: Dates) -> bool:
    return bool(dates.days or dates.months or dates.weekdays)


def _are_apart(left: Set[object], right: Set[object]) -> bool:
    return bool(left) and bool(right) and not left & right


def dates_of(reading: Reading) -> Dates:
    words = reading.words
    days, months, used = _days_of(reading.tokens)
    return Dates(
        days=days,
        months=months,
        weekdays=frozenset(WEEKDAYS[word] for word in words if word in WEEKDAYS),
        relative=frozenset(RELATIVE_DAYS[word] for word in words if word in RELATIVE_DAYS),
        periods=frozenset(
            (what, WHICH[which]) for which, what in pairwise(words) if which in WHICH and what in PERIODS
        ),
        rates=frozenset(RATES[word] for word in words if word in RATES)
        | frozenset(
            what
            for per, what in pairwise(words)
            if per in ("per", "each", "every") and what in RATES.values()
        ),
        seasons=frozenset(SEASONS[word] for word in words if word in SEASONS),
        parts=frozenset(DAY_PARTS[word] for word in words if word in DAY_PARTS),
        used=used,
    )


def _days_of(tokens: Sequence[Token]) -> tuple[frozenset[Day], frozenset[int], frozenset[int]]:
    """The days, the months and the places of the tokens that say a day."""
    days: dict[Day, None] = {}
    months: set[int] = set()
    used: set[int] = set()
    for at, token in enumerate(tokens):
        if token.is_number and at not in used:
            day, length = _day_in_digits(tokens, at)
            used.update(range(at, at + length))
        elif token.word in MONTHS and _is_month(tokens, at):
            months.add(MONTHS[token.word])
            place = _day_beside(tokens, at)
            used.update(() if place is None else (place,))
            day = (
                frozenset() if place is None else frozenset(((MONTHS[token.word], int(tokens[place].word)),))
            )
        else:
            continue
        if day and len(days) < MOST_DAYS:
            days[day] = None
            months.update(month for month, _ in day if len(day) == 1)
    return frozenset(days), frozenset(months), frozenset(used)


def _is_month(tokens: Sequence[Token], at: int) -> bool:
    if tokens[at].word not in DOUBTFUL_MONTHS or _day_beside(tokens, at) is not None:
        return True
    before = tokens[at - 1].word if at > 0 else ""
    return before in BEFORE_MONTHS or (at + 1 < len(tokens) and tokens[at + 1].is_number)


def _day_beside(tokens: Sequence[Token], at: int) -> int | None:
    """The place of the day's number: "5 May", "5th of May", "May 5"."""
    before = at - 1
    if before >= 0 and tokens[before].word == "of":
        before -= 1
    if before >= 0 and tokens[before].word in _ORDINAL_ENDINGS:
        before -= 1
    return next((place for place in (before, at + 1) if _is_day(tokens, place)), None)


def _is_day(tokens: Sequence[Token], place: int) -> bool:
    word = tokens[place].word if 0 <= place < len(tokens) else ""
    return word.isdecimal() and len(word) <= 2 and 1 <= int(word) <= 31


def _day_in_digits(tokens: Sequence[Token], at: int) -> tuple[Day, int]:
    """2026-05-06, 6/5/2026, 6.5.2026: the day and the number of tokens, or nothing and 0."""
    dotted = _DOTTED_DATE.fullmatch(tokens[at].word)
    if dotted:
        return _either_way(int(dotted[1]), int(dotted[2])), 1
    parts = [token.word for token in tokens[at : at + 5]]
    if parts[1::2] not in (["-", "-"], ["/", "/"]) or not all(
        token.is_glued for token in tokens[at + 1 : at + 5]
    ):
        return frozenset(), 0
    numbers = parts[::2]
    if len(numbers) < 3 or not all(number.isdecimal() and len(number) <= 4 for number in numbers):
        return frozenset(), 0
    first, second, third = map(int, numbers)
    if len(numbers[0]) < 4:
        return _either_way(first, second), 5
    return (_either_way(third, second) if second > 12 else frozenset(((second, third),))), 5


def _either_way(first: int, second: int) -> Day:
    """Day before month, and month before day; none of them if this is no day."""
    ways = ((first, second), (second, first))
    return frozenset((month, day) for month, day in ways if 1 <= month <= 12 and 1 <= day <= 31)
