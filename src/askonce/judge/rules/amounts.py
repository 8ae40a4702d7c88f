"""The numbers of a text, in digits and in words, each with all that it may mean.

Two numbers are the same where any of their meanings is, or where one has no unit and the figures are equal.
So the rules over them are silent where there is a doubt: "5 m" is five metres or five million, 7:00 also
19:00.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from askonce.judge.rules.dates import dates_of
from askonce.judge.rules.lexicon.units import (
    CURRENCY_MARKS,
    GLUED_UNITS,
    HINTS,
    ORDINALS,
    ROMANS,
    UNITS,
    Kinds,
)
from askonce.judge.rules.numerals import clock_at, is_written, minutes_of, written_at
from askonce.judge.rules.reading import Reading, Token

_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d+)?")  # Also 1,00,000 as in India.
_ORDINAL_ENDINGS = ("st", "nd", "rd", "th")
MOST_DIGITS = 300  # Longer ones are compared as texts: no float holds them.
MOST_NUMBERS = 64  # The first ones of a text: comparing all with all must not grow with its square.


@dataclass(frozen=True, slots=True)
class Number:
    """`meanings` are (kind, amount), `figures` the bare number. A hint answers a number and asks for none."""

    figures: float | str
    meanings: frozenset[tuple[str, float | str]]
    has_unit: bool = False
    is_hint: bool = False
    is_digits: bool = False
    is_ordinal: bool = False
    hours: frozenset[float] = (
        frozenset()
    )  # Of a time of day: "between 7 and 8" may be said of 19:00 and 20:00.

    def is_same(self, other: "Number") -> bool:
        if self.meanings & other.meanings:
            return True
        if self.has_unit and other.has_unit:
            return False
        return self.figures == other.figures or self.figures in other.hours or other.figures in self.hours


def numbers_of(reading: Reading) -> tuple[Number, ...]:
    """The different numbers of a text."""
    tokens = reading.tokens
    used = reading.fact(dates_of).used
    found: dict[Number, None] = {}
    at = 0
    while at < len(tokens) and len(found) < MOST_NUMBERS:
        number, length = _number_at(tokens, at)
        if number is not None:
            found[replace(number, is_hint=True, is_ordinal=False) if at in used else number] = None
        at += length
    return tuple(found)


def _number_at(tokens: tuple[Token, ...], at: int) -> tuple[Number | None, int]:
    """The number that starts at this token, if one does, and how many tokens it takes."""
    word = tokens[at].word
    if tokens[at].is_number:
        return _digits_at(tokens, at)
    if is_written(word):
        value, length = written_at(tokens, at)
        unit = _unit_at(tokens, at + length)
        # "One" is a pronoun more often than a number.
        return replace(_number(float(value), unit), is_hint=value == 1 and not unit), length
    if word in ORDINALS:
        return _ordinal(tokens, at), 1
    if tokens[at].text in ROMANS or _is_first_of_its_name(tokens, at):
        return replace(_number(float(ROMANS.get(tokens[at].text, 1))), is_hint=True, is_ordinal=True), 1
    if word in HINTS:
        return replace(_number(HINTS[word], _unit_at(tokens, at + 1)), is_hint=True), 1
    return None, 1


def _ordinal(tokens: tuple[Token, ...], at: int) -> Number:
    # "a fifth", "four fifths", "30 second", "a second": parts and times, not places.
    before = tokens[at - 1].word if at > 0 else ""
    is_place = before not in ("a", "one", "per", "-", "every") and not before[:1].isdecimal()
    return replace(_number(float(ORDINALS[tokens[at].word])), is_hint=True, is_ordinal=is_place)


def _is_first_of_its_name(tokens: tuple[Token, ...], at: int) -> bool:
    """ "World War I": behind one capital word alone, as in "Can I", it is the pronoun."""
    return tokens[at].text == "I" and at > 1 and all(token.text[0].isupper() for token in tokens[at - 2 : at])


def _digits_at(tokens: tuple[Token, ...], at: int) -> tuple[Number, int]:
    token, before = tokens[at], tokens[at - 1] if at > 0 else None
    clock = clock_at(tokens, at)
    if clock is not None:
        return _time(token.word, clock[0]), clock[1]
    if token.word.count(".") > 1 or len(token.word) > MOST_DIGITS:
        return Number(token.word, frozenset((("text", token.word),)), is_digits=True), 1
    figures = _figures(token.word)
    # "mp3" and "covid-19" are names with a number in them, which the other side may write in another way.
    if before is not None and token.is_glued and (before.is_word or before.word == "-"):
        return _number(figures), 1
    ending = tokens[at + 1].word if at + 1 < len(tokens) and tokens[at + 1].is_glued else ""
    if ending in _ORDINAL_ENDINGS:
        return replace(_number(figures), is_digits=True, is_ordinal=True), 2
    # A fraction, a season, half a date: all of them are also said in words.
    if ending == "/" and at + 2 < len(tokens) and tokens[at + 2].is_glued and tokens[at + 2].is_number:
        return replace(_number(figures), is_hint=True), 3
    return _amount_at(tokens, at, figures, ending)


def _amount_at(tokens: tuple[Token, ...], at: int, figures: float, ending: str) -> tuple[Number, int]:
    mark = tokens[at - 1].word if at > 0 else ""
    scale, next_at = _scale_at(tokens, at + 1)
    unit = _unit_at(tokens, next_at) or (UNITS[mark] if mark in CURRENCY_MARKS else ())
    number = replace(_number(figures * scale, unit), is_digits=True)
    others: set[tuple[str, float | str]] = set()
    if "." in tokens[at].word:  # "14.20" may be a time.
        others.update(("clock", float(minute)) for minute in minutes_of(tokens[at].word))
    if scale == 1_000:
        others.add(("", figures))  # A 401k, a 10k run.
    if not unit and next_at < len(tokens) and tokens[next_at].word in GLUED_UNITS:
        others |= _meanings(figures * scale, UNITS[tokens[next_at].word])  # "5 m", and perhaps no metres.
    if figures < 100 and (mark == "'" or ending == "s"):
        others |= {("", 1900 + figures), ("", 2000 + figures)}  # "'18", "the 60s"
    return replace(number, meanings=number.meanings | others), next_at - at


def _time(word: str, minutes: Iterable[int]) -> Number:
    meanings = frozenset(("clock", float(minute)) for minute in minutes)
    hours = frozenset(float(hour) for minute in minutes for hour in (minute // 60, minute // 60 % 12))
    return Number(f"at {word}", meanings, has_unit=True, is_digits=True, hours=hours)


def _figures(word: str) -> float:
    if _THOUSANDS.fullmatch(word):
        return float(word.replace(",", ""))
    if sum(map(word.count, ",.:")) > 1:
        return float(re.sub(r"\D", "", word))
    return float(word.replace(",", ".").replace(":", "."))


def _scale_at(tokens: tuple[Token, ...], at: int) -> tuple[float, int]:
    """ "million" behind figures, or a "k" or "b" glued to them."""
    if at < len(tokens):
        word = tokens[at].word
        kinds = UNITS.get(word, ())
        is_scale = len(kinds) == 1 and kinds[0][0] == "" and word not in GLUED_UNITS
        if is_scale or (tokens[at].is_glued and word in ("k", "b")):
            return kinds[0][1], at + 1
    return 1.0, at


def _unit_at(tokens: tuple[Token, ...], at: int) -> Kinds:
    if at < len(tokens) and tokens[at].word == "-":
        at += 1
    if at >= len(tokens) or (tokens[at].word in GLUED_UNITS and not tokens[at].is_glued):
        return ()
    if [token.word for token in tokens[at : at + 2]] == ["per", "cent"]:
        return UNITS["%"]
    return UNITS.get(tokens[at].word, ())


def _number(figures: float, unit: Kinds = ()) -> Number:
    return Number(figures, _meanings(figures, unit or (("", 1.0),)), has_unit=bool(unit))


def _meanings(figures: float, unit: Kinds) -> frozenset[tuple[str, float | str]]:
    return frozenset((kind, round(figures * factor, 6)) for kind, factor in unit)
