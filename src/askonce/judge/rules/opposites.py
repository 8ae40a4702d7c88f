"""Opposites: enable and disable, cheapest and most expensive, before and after.

A veto needs one text to have one side of a pair and the other text the other side, neither to have both, and
neither to deny more than the other: "not cheap" may well be "expensive".
"""

from collections.abc import Iterator, Mapping, Sequence

from askonce.judge.rules.lexicon import word_set
from askonce.judge.rules.lexicon.opposites import CONVERSES, OPPOSITES
from askonce.judge.rules.negation import is_negated
from askonce.judge.rules.question import kind_of
from askonce.judge.rules.reading import Reading, share_in_common
from askonce.judge.rules.stems import stem_of

# Of the content of the text that has less of it. Measured: docs/decisions/0009.
LEAST_SHARED = 0.5
LEAST_SHARED_OF_CONVERSES = 0.8

_PAIRS = (*OPPOSITES, *CONVERSES)
_FIRST_CONVERSE = 1 + len(OPPOSITES)
_MORE = frozenset(
    map(stem_of, word_set("more greater higher larger bigger longer later over above older up"))
)
_LESS = frozenset(map(stem_of, word_set("less fewer lower smaller shorter earlier under below younger")))


def opposites_differ(one: Reading, other: Reading) -> bool:
    left, right = one.fact(sides_of), other.fact(sides_of)
    if not left or not right or one.fact(is_negated) != other.fact(is_negated):
        return False
    found = {side for side in left if -side in right and -side not in left and side not in right}
    if not found:
        return False
    is_plain = any(abs(side) < _FIRST_CONVERSE for side in found)
    words = frozenset(word for side in found for word in _WORDS[abs(side)])
    if is_plain:
        return share_in_common(one, other, words) >= LEAST_SHARED
    is_same_kind = one.fact(kind_of) == other.fact(kind_of)  # "Who sells" is not, to "where can I buy".
    return is_same_kind and share_in_common(one, other, words) >= LEAST_SHARED_OF_CONVERSES


def sides_of(reading: Reading) -> frozenset[int]:
    """The sides of pairs that a text has: n for the first side of the n-th pair, -n for the second."""
    return frozenset(side for term in _terms(reading) for side in _SIDES.get(term, ()))


def _terms(reading: Reading) -> Iterator[str]:
    stems = reading.stems
    for at, stem in enumerate(stems):
        bound = _bound(stems[at - 1], stem) if at > 0 else ""
        if bound:
            yield bound
            continue
        yield stem
        if stem in _FIRST_WORDS:
            yield from (f"{stem}_{later}" for later in stems[at + 1 : at + 4])
            yield "_".join(stems[at : at + 3])
    for before, mark, after in zip(reading.tokens, reading.tokens[1:], reading.tokens[2:], strict=False):
        if mark.word == "-":
            yield f"{stem_of(before.word)}-{stem_of(after.word)}"


def _bound(before: str, word: str) -> str:
    """ "5 or more" and "no fewer than 5" are both "at least 5", and no opposites of each other."""
    if before in ("or", "and"):
        return "at_least" if word in _MORE else "at_most" if word in _LESS else ""
    if before in ("no", "not"):
        return "at_most" if word in _MORE else "at_least" if word in _LESS else ""
    return ""


def _term(word: str) -> str:
    return "-".join("_".join(map(stem_of, part.split("_"))) for part in word.split("-"))


def _sides(pairs: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for number, pair in enumerate(pairs, 1):
        for side, words in zip((number, -number), pair.split("|"), strict=True):
            for term in map(_term, words.split()):
                found[term] = (*found.get(term, ()), side)
    return found


_SIDES = _sides(_PAIRS)
_FIRST_WORDS = frozenset(term.split("_")[0] for term in _SIDES if "_" in term)
# The words of each pair, from 1 on: they are what differs, so they do not count among what is shared.
_WORDS = (
    frozenset[str](),
    *(frozenset(map(stem_of, pair.replace("|", " ").replace("_", " ").split())) for pair in _PAIRS),
)
