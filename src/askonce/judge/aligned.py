"""A long pair: the part in which the two differ, with what stands around it in both."""

from collections.abc import Sequence

# Tokens of both texts. Of a longer pair only the part that differs is read: behind 70 words that both share,
# the model gave questions that differ 0.21 on average; shown the part alone, 0.00 (docs/decisions/0010).
READ_WHOLE = 48
# Tokens kept on each side of the differing part: enough to read a changed word in its place, and so few that
# the model sees pairs of the lengths that it learned from.
AROUND = 8


def differing(one: Sequence[int], other: Sequence[int], room: int) -> tuple[list[int], list[int]] | None:
    """The parts of both texts that hold every difference, together at most `room` tokens; None if they take
    more.

    What is left out stands in both texts, in the same place: before all differences or after them.
    """
    shorter = min(len(one), len(other))
    before = 0
    while before < shorter and one[before] == other[before]:
        before += 1
    after = 0
    while after < shorter - before and one[-1 - after] == other[-1 - after]:
        after += 1
    start, end = max(0, before - AROUND), max(0, after - AROUND)
    parts = list(one[start : len(one) - end]), list(other[start : len(other) - end])
    return parts if len(parts[0]) + len(parts[1]) <= room else None


def as_read(
    one: Sequence[int], other: Sequence[int], room: int
) -> tuple[Sequence[int], Sequence[int]] | None:
    """What the model is shown of a pair: all of a short one, else the part that differs."""
    return (one, other) if len(one) + len(other) <= READ_WHOLE else differing(one, other, room)
