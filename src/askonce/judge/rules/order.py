"""Order and direction: from A to B against from B to A, A before B against B before A."""

from collections.abc import Sequence

from askonce.judge.rules.lexicon import word_set
from askonce.judge.rules.lexicon.light import LIGHT_WORDS
from askonce.judge.rules.reading import Reading

# As stems. A text without any of these is no sentence.
_PLAIN_WORDS = LIGHT_WORDS | word_set("befor after under above below against")
_UNDIRECTED = word_set("and or vs versus nor with between is are was wer be than of have has what who")
_DISTANCES = word_set("far distanc")
_NO_PLACE = word_set("how want need have like go get way it is be i you we able try us")
_ARTICLES = word_set("the a an my of")
MOST_PLACES = 4  # Starts and goals of a text that are paired: a list of cities is no way.
MOST_WORDS_SWAPPED = 3


def direction_differs(one: Reading, other: Reading) -> bool:
    """Both name two places of a way, and the one's start is the other's goal."""
    left, right = one.fact(ways_of), other.fact(ways_of)
    backwards = {(goal, start) for start, goal in right}
    if not left & backwards or left & right:
        return False
    return not (_DISTANCES & one.stem_set and _DISTANCES & other.stem_set)  # It is as far there as back.


def ways_of(reading: Reading) -> frozenset[tuple[str, str]]:
    """(start, goal) of each "from A to B", "to B from A", "A to B", "A into B"."""
    stems = reading.stems
    starts: list[str] = []
    goals: list[str] = []
    found: set[tuple[str, str]] = set()
    for at in range(len(stems) - 1):
        if stems[at] in ("to", "into"):
            goals.append(_place_at(stems, at + 1))
            if at > 0 and stems[at - 1] not in _NO_PLACE:
                found.add((stems[at - 1], goals[-1]))
        elif stems[at] in ("from", "out"):
            starts.append(_place_at(stems, at + 1))
    found.update((start, goal) for start in starts[:MOST_PLACES] for goal in goals[:MOST_PLACES])
    return frozenset((start, goal) for start, goal in found if start and goal and start != goal)


def _place_at(stems: Sequence[str], at: int) -> str:
    while at < len(stems) and stems[at] in _ARTICLES:
        at += 1
    return stems[at] if at < len(stems) else ""


def words_are_swapped(one: Reading, other: Reading) -> bool:
    """The texts are the same but for two parts that changed places.

    Only in sentences: in a heap of words, like "dublin nurse jobs", and around "and" the order tells nothing.
    """
    left, right = one.stems, other.stems
    if len(left) != len(right) or left == right or not _PLAIN_WORDS & one.stem_set:
        return False
    places = [at for at, (mine, yours) in enumerate(zip(left, right, strict=True)) if mine != yours]
    mine, yours = left[places[0] : places[-1] + 1], right[places[0] : places[-1] + 1]
    sizes = range(1, min(MOST_WORDS_SWAPPED, len(mine) - 2) + 1)
    for size, other_size in ((size, other_size) for size in sizes for other_size in sizes):
        between = mine[size : len(mine) - other_size]
        if between and yours == mine[len(mine) - other_size :] + between + mine[:size]:
            return not _UNDIRECTED & set(between)
    return False
