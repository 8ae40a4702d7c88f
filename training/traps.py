"""Generators: from one real question, another one that differs by a known kind of trap, or the same one in
disguise.

Each takes a text and a random source and gives the changed text, or None where it does not apply. `TRAPS`
change what is asked; `DISGUISES` do not. A disguise is laid over pairs of both labels, so that no noise gives
a label away.
"""

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

from training import words

Change: TypeAlias = Callable[[str, Random], str | None]


def _pairs(listed: list[str]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for pair in listed:
        if "(" in pair:
            continue
        one, other = (side.replace("_", " ") for side in pair.split("/"))
        table.setdefault(one, []).append(other)
        table.setdefault(other, []).append(one)
    return table


_OPPOSITES = _pairs(words.OPPOSITES)
_SYNONYMS = _pairs(words.SYNONYMS)
_POOLS = {name: [word.replace("_", " ") for word in listed.split()] for name, listed in words.POOLS.items()}
_POOL_OF = {word.casefold(): name for name, listed in _POOLS.items() for word in listed}
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w.]*\d)")


def _any_of(terms: Mapping[str, object]) -> re.Pattern[str]:
    listed = "|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True))
    return re.compile(rf"\b(?:{listed})\b", re.IGNORECASE)


_OPPOSITE, _SYNONYM, _POOLED = _any_of(_OPPOSITES), _any_of(_SYNONYMS), _any_of(_POOL_OF)
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(words.NUMBER_WORDS[2:])})\b", re.IGNORECASE)
_ORDINAL = re.compile(rf"\b(?:{'|'.join(words.ORDINALS[1:])})\b", re.IGNORECASE)


def _like(model: str, word: str) -> str:
    """`word` in the case of `model`."""
    if model.isupper() and len(model) > 1:
        return word.upper()
    if model[:1].isupper():
        return word[:1].upper() + word[1:]
    return word if not model.islower() else word.lower()


def _replace_one(
    text: str, pattern: re.Pattern[str], random: Random, other: Callable[[str], str | None]
) -> str | None:
    found = list(pattern.finditer(text))
    if not found:
        return None
    match = random.choice(found)
    word = other(match[0])
    if word is None or word.casefold() == match[0].casefold():
        return None
    return text[: match.start()] + word + text[match.end() :]


def opposite(text: str, random: Random) -> str | None:
    return _replace_one(
        text, _OPPOSITE, random, lambda word: _like(word, random.choice(_OPPOSITES[word.casefold()]))
    )


def name(text: str, random: Random) -> str | None:
    """Another member of the same pool. Lower-case words that merely look like a name are left alone."""

    def other(word: str) -> str | None:
        pool = _POOL_OF[word.casefold()]
        is_proper = _POOLS[pool][0][0].isupper()
        if is_proper and word.islower() and not text.islower():
            return None
        return _like(word, random.choice(_POOLS[pool]))

    return _replace_one(text, _POOLED, random, other)


def number(text: str, random: Random) -> str | None:
    def other(digits: str) -> str:
        value = float(digits.replace(",", ""))
        if "." in digits:
            return f"{value + random.choice((-1, 1, 0.5, 2)):.{len(digits.split('.')[1])}f}"
        whole = int(value)
        if 1500 < whole < 2100 and "," not in digits:
            return str(whole + random.choice((-10, -3, -2, -1, 1, 2, 3, 10, 20)))
        near = [whole + 1, whole * 2, whole * 10, whole + 5, max(0, whole - 1), whole // 2]
        chosen = random.choice([one for one in near if one != whole] or [whole + 7])
        return f"{chosen:,}" if "," in digits else str(chosen)

    if _NUMBER.search(text):
        return _replace_one(text, _NUMBER, random, other)
    if _ORDINAL.search(text) and random.random() < 0.5:
        return _replace_one(
            text, _ORDINAL, random, lambda word: _like(word, random.choice(words.ORDINALS[1:]))
        )
    return _replace_one(
        text, _NUMBER_WORD, random, lambda word: _like(word, random.choice(words.NUMBER_WORDS[2:]))
    )


_NEGATIONS = tuple(
    (re.compile(rf"\b{plain}\b"), negated)
    for plain, negated in (
        ("can I", "can't I"), ("Can I", "Can I not"), ("is it", "isn't it"), ("should I", "should I not"), ("do I", "do I not"),
        ("does", "does not"), ("is", "is not"), ("are", "are not"), ("can", "can not"), ("will", "won't"), ("with", "without"),
        ("should", "should not"), ("have", "don't have"), ("was", "wasn't"), ("did", "didn't"), ("all", "not all"),
        ("to", "not to"), ("using", "without using"), ("want to", "don't want to"), ("works", "doesn't work"),
        ("including", "except"), ("that have", "that don't have"), ("who have", "who have never"), ("allowed",
        "not allowed"),
    )
)  # fmt: skip
_NEGATED = re.compile(r"\b(?:not|without|never)\b|n't\b")


def negation(text: str, random: Random) -> str | None:
    """Put a negation in, or take the only one out."""
    found = list(_NEGATED.finditer(text))
    if found:
        if len(found) > 1:
            return None
        if found[0][0] == "without":
            return text.replace("without", "with", 1)
        return " ".join((text[: found[0].start()] + text[found[0].end() :]).split())
    fitting = [(pattern, negated) for pattern, negated in _NEGATIONS if pattern.search(text)]
    if not fitting:
        return None
    pattern, negated = random.choice(fitting)
    return pattern.sub(negated, text, count=1)


def _ended(text: str) -> tuple[str, str]:
    body = text.rstrip()
    end = body[-1] if body and body[-1] in "?.!" else ""
    return body.removesuffix(end) if end else body, end


def _added(text: str, addition: str) -> str:
    body, end = _ended(text)
    return f"{body} {addition}{end}"


def scope(text: str, random: Random) -> str | None:
    listed = words.SCOPES[random.choice(list(words.SCOPES))].split("|")
    return _added(text, random.choice(listed))


def form(text: str, random: Random) -> str | None:
    listed = words.FORMS[random.choice(list(words.FORMS))].split("|")
    return _added(text, random.choice(listed))


def opening(text: str, random: Random) -> str | None:
    """Another kind of question about the same thing."""
    for family in words.OTHER_OPENINGS:
        for start in family[:1]:
            if text.casefold().startswith(start.casefold()):
                return random.choice(family[1:]) + text[len(start) :]
    return None


# A place: a name of capitals, or a single small word.
_PLACE = r"((?:[A-Z][\w.-]+(?: [A-Z][\w.-]+)*)|[a-z][\w-]+)"
_FROM_TO = re.compile(rf"\b(from) {_PLACE} (to|into|onto) {_PLACE}(?![\w-])")
_TO_FROM = re.compile(rf"\b(to|into|onto) {_PLACE} (from) {_PLACE}(?![\w-])")
_NOT_A_PLACE = frozenset(
    "the a an my your our their his her its this that these those one me it them be do get use make scratch".split()
)
_EITHER_WAY = re.compile(r"\b(?:how far|distance|difference|halfway)\b", re.IGNORECASE)


def _between_places(text: str) -> re.Match[str] | None:
    """From one place to another, in either order; groups: word, place, word, place."""
    for pattern in (_FROM_TO, _TO_FROM):
        match = pattern.search(text)
        if match and not {match[2].casefold(), match[4].casefold()} & _NOT_A_PLACE:
            return match
    return None


def direction(text: str, random: Random) -> str | None:
    """Two places change places, or two names do."""
    if _EITHER_WAY.search(text):
        return None
    match = _between_places(text)
    if match:
        return f"{text[: match.start()]}{match[1]} {match[4]} {match[3]} {match[2]}{text[match.end() :]}"
    return swap(text, random)


_CAPITAL = re.compile(r"(?<=[\w,)] )[A-Z][a-z]+\b")
_AND_OR = re.compile(r"^[\s,]*(?:and|or|vs\.?|versus)?[\s,]*$")


def swap(text: str, random: Random) -> str | None:
    """Two different names or pool words change places, unless they only stand in a list."""
    found = list(_POOLED.finditer(text)) + list(_CAPITAL.finditer(text))
    found = sorted({match.span(): match for match in found}.values(), key=lambda match: match.start())
    pairs = [
        (one, other)
        for place, one in enumerate(found)
        for other in found[place + 1 :]
        if one.end() <= other.start()
        and one[0].casefold() != other[0].casefold()
        and not _AND_OR.match(text[one.end() : other.start()])
        and one[0][0].isupper() == other[0][0].isupper()
    ]
    if not pairs:
        return None
    one, other = random.choice(pairs)
    between = text[one.end() : other.start()]
    return text[: one.start()] + other[0] + between + one[0] + text[other.end() :]


TRAPS: Mapping[str, Change] = {
    "opposite": opposite,
    "name": name,
    "number": number,
    "negation": negation,
    "scope": scope,
    "form": form,
    "question": opening,
    "direction": direction,
}


# Disguises.


def polite(text: str, random: Random) -> str:
    start = random.choice(words.POLITE_BEFORE) if random.random() < 0.7 else ""
    end = random.choice(words.POLITE_AFTER) if not start or random.random() < 0.3 else ""
    first = text
    if (
        start
        and start.rstrip()[-1:] not in ".!:?"
        and len(text) > 1
        and text[1].islower()
        and not text.startswith("I ")
    ):
        first = text[0].lower() + text[1:]
    return start + first + end


def typo(text: str, random: Random) -> str | None:
    """One or two slips of the finger in longer words without digits or capitals: never in what carries a
    name.
    """
    found = list(re.finditer(r"\b[a-z]{5,}\b", text))
    if not found:
        return None
    for match in random.sample(found, min(len(found), random.choice((1, 1, 2)))):
        word = match[0]
        place = random.randrange(1, len(word) - 1)
        slip = random.choice(("drop", "double", "swap"))
        if slip == "drop":
            changed = word[:place] + word[place + 1 :]
        elif slip == "double":
            changed = word[:place] + word[place] + word[place:]
        else:
            changed = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        text = text.replace(word, changed, 1)
    return text


def casing(text: str, random: Random) -> str:
    return random.choice(
        (text.lower(), text.lower(), text.upper() if len(text) < 60 else text.lower(), text.capitalize())
    )


def punctuation(text: str, random: Random) -> str:
    body, _ = _ended(text)
    return body + random.choice(("", "", "?", "??", ".", "!", " ?", "..."))


def contraction(text: str, random: Random) -> str | None:
    fitting = [(long, short) for long, short in words.CONTRACTIONS.items() if long in text or short in text]
    if not fitting:
        return None
    long, short = random.choice(fitting)
    return text.replace(short, long, 1) if short in text else text.replace(long, short, 1)


def synonym(text: str, random: Random) -> str | None:
    return _replace_one(
        text, _SYNONYM, random, lambda word: _like(word, random.choice(_SYNONYMS[word.casefold()]))
    )


def same_opening(text: str, random: Random) -> str | None:
    for family in words.SAME_OPENINGS:
        for start in family:
            if text.startswith(start):
                return random.choice(family) + text[len(start) :]
    return None


def number_form(text: str, random: Random) -> str | None:
    """A number in digits instead of words, or the other way round; thousands with and without comma."""

    def other(digits: str) -> str | None:
        plain = digits.replace(",", "")
        if not plain.isdecimal():
            return None
        value = int(plain)
        if value <= 20:
            return words.NUMBER_WORDS[value]
        if value >= 10_000 or "," in digits:
            return plain if "," in digits else f"{value:,}"
        return None

    if _NUMBER.search(text):
        return _replace_one(text, _NUMBER, random, other)
    return _replace_one(
        text, _NUMBER_WORD, random, lambda word: str(words.NUMBER_WORDS.index(word.casefold()))
    )


_IN_FRONT = re.compile(
    r"^(.{12,}?) ((?:in|on|at|for|during|after|before|without|with) (?:\w+ ){0,3}\w+)([?.!]?)$"
)


def phrase_first(text: str, random: Random) -> str | None:
    match = _IN_FRONT.match(text)
    if not match:
        return None
    body = (
        match[1][0].lower() + match[1][1:]
        if match[1][1:2].islower() and not match[1].startswith("I ")
        else match[1]
    )
    return f"{match[2][0].upper()}{match[2][1:]}, {body}{match[3]}"


_LISTED = re.compile(r"\b([A-Z]\w+|\w{4,}) (and|or) ([A-Z]\w+|\w{4,})(?=[?.!,;]|$)")
_ORDER_MATTERS = re.compile(r"\b(?:first|then|respectively|rather|prefer)\b", re.IGNORECASE)


def other_order(text: str, random: Random) -> str | None:
    """The same places, the destination first; or the same two things of a list, at the end of a phrase."""
    match = _between_places(text)
    if match:
        return f"{text[: match.start()]}{match[3]} {match[4]} {match[1]} {match[2]}{text[match.end() :]}"
    match = _LISTED.search(text)
    if match is None or _ORDER_MATTERS.search(text) or _is_in_pool(match[1]) != _is_in_pool(match[3]):
        return None
    return f"{text[: match.start()]}{match[3]} {match[2]} {match[1]}{text[match.end() :]}"


def _is_in_pool(word: str) -> bool:
    return word.casefold() in _POOL_OF


NOISE: Mapping[str, Change] = {"polite": polite, "typo": typo, "casing": casing, "punctuation": punctuation}
DISGUISES: Mapping[str, Change] = {
    **NOISE,
    "contraction": contraction,
    "synonym": synonym,
    "same_opening": same_opening,
    "number_form": number_form,
    "phrase_first": phrase_first,
    "other_order": other_order,
}


def noisy(text: str, random: Random) -> str:
    """`text` with one or two kinds of noise."""
    for kind in random.sample(list(NOISE), random.choice((1, 1, 2))):
        text = NOISE[kind](text, random) or text
    return text
