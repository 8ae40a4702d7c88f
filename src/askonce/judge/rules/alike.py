"""Whether a name of one text is in another, in any spelling: alias, initials, short form, typing error."""

from askonce.judge.rules.lexicon.aliases import ALIASES
from askonce.judge.rules.reading import Reading
from askonce.judge.rules.stems import stem_of

LEAST_ALIKE = 0.5  # Of the pairs of letters of two spellings. A guess that the measured harm bears out.
MOST_WORDS = 200  # The first different ones of a text: a name is not looked for without end.


def is_in(name: str, other: Reading) -> bool:
    if (len(name) > 2 and name in other.squashed) or name in other.words or stem_of(name) in other.stem_set:
        return True
    if not ALIASES.get(name, frozenset()).isdisjoint(other.words):
        return True
    return any(_is_alike(name, word) for word in other.fact(different_words)) or _is_short_for(name, other)


def different_words(reading: Reading) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reading.words))[:MOST_WORDS]


def _is_alike(name: str, word: str) -> bool:
    """A short form, an ending or a typing error apart: "Fla" and "Florida", "Hilary" and "Hillary"."""
    if word[0] != name[0] or len(word) < 3 or len(name) < 3:
        return False
    if word.startswith(name[:4]) or name.startswith(word[:4]):
        return True
    left, right = _pairs(name), _pairs(word)
    return 2 * len(left & right) >= LEAST_ALIKE * (len(left) + len(right))


def _pairs(word: str) -> set[str]:
    return {word[at : at + 2] for at in range(len(word) - 1)}


def _is_short_for(name: str, other: Reading) -> bool:
    """ "WHO" for "World Health Organization", and the other way round."""
    initials = other.fact(initials_of)
    return (2 <= len(name) <= 5 and name in initials[0]) or any(name[0] in short for short in initials[1])


def initials_of(reading: Reading) -> tuple[str, tuple[str, ...]]:
    """The first letters of all words in one run, and the words in capitals, which may be initials."""
    shorts = tuple(
        token.word for token in reading.tokens if token.text.isupper() and 2 <= len(token.text) <= 5
    )
    return "".join(word[0] for word in reading.words), shorts
