"""The form asked for: JSON against YAML, in French, in two sentences, in Python against in Java."""

import re
from dataclasses import dataclass

from askonce.judge.rules.lexicon import word_set
from askonce.judge.rules.lexicon.forms import FORMATS, LANGUAGES, PROGRAMMING, UNIT_NAMES
from askonce.judge.rules.lexicon.units import SMALL
from askonce.judge.rules.reading import Reading

_IN_LANGUAGE = re.compile(
    rf"""\b(?:in|into|auf|en|using|translat[^.?!]{{1,200}}\ to)[ ]
    (?:(?:simple|plain|fluent|formal|informal|brazilian|traditional|simplified)\ )?
    ({"|".join(LANGUAGES)})\b""",
    re.VERBOSE,
)
_AS_FORMAT = re.compile(
    rf"""\b(?:as|in|into|to|with|using|by|return|output|give|make|write|create|show|draw|an?)[ ]
    (?:(?:an?|the|my|valid|nice|short|simple|bulleted|numbered|ascii)\ )?
    ({"|".join(FORMATS).replace(" ", "[ ]")})s?\b""",
    re.VERBOSE,
)
_LENGTH = re.compile(
    r"""\b(?:in|within|under|with|using|at\ most|max|maximum|exactly)[ ]
    (?:(?:at\ most|under|about|around|exactly|just|only|no\ more\ than|max|up\ to|a)\ )?
    (\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|single|few)[ ]
    (sentence|word|paragraph|line|bullet|page|character|tweet)""",
    re.VERBOSE,
)
_FOR_A_CHILD = re.compile(
    r"""\beli5\b|\b(?:like\ i'?m|as\ if\ i(?:'m|\ am|\ were|\ was)|for)\ (?:an?\ )?
    (?:(?:\d{1,2}|five|six|ten|twelve)[-\ ]?year[-\ ]?old|five|5|child|kid)s?\b""",
    re.VERBOSE,
)
_IN_UNIT = re.compile(rf"\bin ({'|'.join(UNIT_NAMES)})\b")
_COUNTS = {word: str(value) for word, value in SMALL.items()} | {
    "a": "1",
    "an": "1",
    "single": "1",
    "few": "3",
}
_MARKED_LANGUAGES = {"c++": "c++", "c#": "c#", ".net": "c#", "node.js": "javascript", "f#": "f#"}

# A text that mentions any of these has a say on the matter, in whatever words.
_LANGUAGE_WORDS = frozenset(word for name in LANGUAGES for word in name.split())
_FORMAT_WORDS = frozenset(
    word for name in FORMATS for part in name.split() for word in (part, f"{part}s")
) | word_set(
    "tabular bullet chart graph list query regexp expression statement rows columns plan mail lyrics verse "
    "verses rhyme tune track"
)
_LENGTH_WORDS = word_set(
    "sentence sentences word words paragraph paragraphs line lines bullet bullets page pages character "
    "characters short brief briefly concise tweet paras para"
)


@dataclass(frozen=True, slots=True)
class Form:
    """What a text asks its answer to be in; each is empty where it leaves that open."""

    languages: frozenset[str]
    formats: frozenset[str]
    lengths: frozenset[str]
    units: frozenset[str]
    is_for_a_child: bool


def form_of(reading: Reading) -> Form:
    text = reading.plain
    return Form(
        languages=frozenset(LANGUAGES[found] for found in _IN_LANGUAGE.findall(text)),
        formats=frozenset(FORMATS[found] for found in _AS_FORMAT.findall(text)),
        lengths=frozenset(f"{_COUNTS.get(count, count)} {unit}" for count, unit in _LENGTH.findall(text)),
        units=frozenset(UNIT_NAMES[found] for found in _IN_UNIT.findall(text)),
        is_for_a_child=_FOR_A_CHILD.search(text) is not None,
    )


def forms_differ(one: Reading, other: Reading) -> bool:
    """Both ask for a form, and it is another one."""
    left, right = one.fact(form_of), other.fact(form_of)
    return (
        _are_apart(left.languages, right.languages)
        or _are_apart(left.formats, right.formats)
        or _are_apart(left.lengths, right.lengths)
        or _are_apart(left.units, right.units)
    )


def _are_apart(left: frozenset[str], right: frozenset[str]) -> bool:
    return bool(left) and bool(right) and not left & right


def a_language_is_added(one: Reading, other: Reading) -> bool:
    """One asks for a language, and the other mentions none."""
    return _adds_language(one, other) or _adds_language(other, one)


def _adds_language(one: Reading, other: Reading) -> bool:
    return bool(one.fact(form_of).languages) and _LANGUAGE_WORDS.isdisjoint(other.words)


def a_form_is_added(one: Reading, other: Reading) -> bool:
    """One asks for a format or a length, and the other mentions nothing of the kind."""
    return _adds_form(one, other) or _adds_form(other, one)


def _adds_form(one: Reading, other: Reading) -> bool:
    form = one.fact(form_of)
    if form.formats and _FORMAT_WORDS.isdisjoint(other.words):
        return True
    return bool(form.lengths) and _LENGTH_WORDS.isdisjoint(other.words)


def programming_differs(one: Reading, other: Reading) -> bool:
    """Both name programming languages, and none is the same."""
    return _are_apart(one.fact(programming_of), other.fact(programming_of))


def programming_of(reading: Reading) -> frozenset[str]:
    named = {PROGRAMMING[word] for word in reading.words if word in PROGRAMMING}
    marked = {name for mark, name in _MARKED_LANGUAGES.items() if mark in reading.plain}
    return frozenset(named | marked)
