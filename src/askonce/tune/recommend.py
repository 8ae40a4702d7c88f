"""Settings for a cap on wrong answers, and how sure a sample makes them.

What looks like 1 % wrong on a few hundred pairs may be 3 % of all: so a setting is recommended when the upper
end of Wilson's interval stays under the cap, not when the share itself does. And choosing among many settings
on the pairs that measure them flatters the choice: so the same choice is made on each half of the pairs and
tried on the other, and both are told.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from askonce.model.judgement import JudgeMode
from askonce.tune.curve import Point
from askonce.tune.labelled import SEED
from askonce.tune.measure import Measured, curve
from askonce.tune.shares import Share, least_sample


@dataclass(frozen=True, slots=True)
class Tried:
    """What the settings chosen on one half serve of the other, both ways together."""

    served: Share
    wrong: Share


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`promised` is None where these pairs can not promise the cap; `best` is what they show at the cap,
    promised or not. `needed` is how many pairs of other questions it takes to promise it, if none is served.
    """

    cap: float
    judge: JudgeMode
    same: int
    other: int
    needed: int
    promised: Point | None
    best: Point | None
    tried: Tried | None


def recommended(pairs: Sequence[Measured], judge: JudgeMode, cap: float) -> Recommendation:
    all_of_them = curve(pairs, judge)
    same = sum(one.pair.is_same for one in pairs)
    promised = promised_setting(pairs, judge, cap)
    return Recommendation(
        cap=cap,
        judge=judge,
        same=same,
        other=len(pairs) - same,
        needed=least_sample(cap),
        promised=promised,
        best=all_of_them.best(cap),
        tried=None if promised is None else _tried(pairs, judge, cap),
    )


def promised_setting(pairs: Sequence[Measured], judge: JudgeMode, cap: float) -> Point | None:
    """What serves most with a wrong share that is under `cap` with 95 % confidence."""
    other = sum(not one.pair.is_same for one in pairs)
    most_wrong = most_wrong_under(cap, other)
    return None if most_wrong is None else curve(pairs, judge).most_served(most_wrong)


def most_wrong_under(cap: float, of: int) -> int | None:
    """The most wrong answers of a sample that still keep the share under `cap`; None if even none do not."""
    if of < least_sample(cap):
        return None
    low, high = 0, of  # The upper end of the interval grows with the count.
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if Share(middle, of).interval[1] <= cap else (low, middle - 1)
    return low


def _tried(pairs: Sequence[Measured], judge: JudgeMode, cap: float) -> Tried | None:
    """None where a half is too small to choose by."""
    shuffled = random.Random(SEED).sample(pairs, len(pairs))
    halves = shuffled[::2], shuffled[1::2]
    points = []
    for chosen_on, tried_on in (halves, halves[::-1]):
        chosen = promised_setting(chosen_on, judge, cap)
        if chosen is None:
            return None
        points.append(curve(tried_on, judge).at(chosen.threshold, chosen.min_confidence))
    return Tried(_sum([one.served for one in points]), _sum([one.wrong for one in points]))


def _sum(shares: Sequence[Share]) -> Share:
    return Share(sum(one.count for one in shares), sum(one.of for one in shares))
