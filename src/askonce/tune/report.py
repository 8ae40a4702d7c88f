"""A measurement as a value: what the table, the JSON and the page show, each in its own way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from askonce.model.judgement import LOW_CONFIDENCE, Judgement, JudgeMode
from askonce.tune.curve import Point
from askonce.tune.measure import METHODS, Measured, curve
from askonce.tune.remembering import FAILURES
from askonce.tune.shares import Share

CAPS = (0.005, 0.01, 0.02, 0.05)
MOST_MISTAKES = 25  # Of either side: as many as somebody reads.
BINS = 20  # Of a histogram: 5 hundredths each.
BELOW_THRESHOLD = "below-threshold"  # Beside the judge's reasons: it would have passed, and was not asked.
METHOD_NAMES = {
    JudgeMode.OFF: "cosine alone",
    JudgeMode.RULES: "with rules",
    JudgeMode.MODEL: "with rules and model",
}


@dataclass(frozen=True, slots=True)
class Given:
    """The settings that are measured."""

    threshold: float
    min_confidence: float
    judge: JudgeMode


@dataclass(frozen=True, slots=True)
class MethodReport:
    """`best` goes by the cap on wrong answers; None where the pairs are all of one label."""

    method: JudgeMode
    at_given: Point
    best: dict[float, Point | None]
    by_threshold: Sequence[Point]
    by_confidence: Sequence[Point]
    frontier: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    by_method: dict[JudgeMode, Point]


@dataclass(frozen=True, slots=True)
class Reason:
    """How many pairs of each side a reason vetoed, whatever their similarity."""

    name: str
    same: Share
    other: Share


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts by bins of equal width from `start` to 1, of both sides."""

    start: float
    same: Sequence[int]
    other: Sequence[int]


@dataclass(frozen=True, slots=True)
class Mistake:
    measured: Measured
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Report:
    """`missed` and `wrong` are the worst mistakes at the given settings, the worst first."""

    name: str
    same: int
    other: int
    never_found: int
    failed: int
    methods: Sequence[MethodReport]
    categories: Sequence[Category]
    reasons: Sequence[Reason]
    similarities: Histogram
    confidences: Histogram | None
    wrong: Sequence[Mistake]
    missed: Sequence[Mistake]


def report_of(name: str, pairs: Sequence[Measured], given: Given, kinds: Sequence[str | None]) -> Report:
    """`kinds` names the category of each pair."""
    same = sum(one.pair.is_same for one in pairs)
    judgements = [one.judgements[given.judge] for one in pairs]
    with_model = [one for one in pairs if one.judgements[given.judge].confidence is not None]
    return Report(
        name=name,
        same=same,
        other=len(pairs) - same,
        never_found=sum(one.similarity is None for one in pairs),
        failed=sum(bool(FAILURES.intersection(each.reasons)) for each in judgements),
        methods=[_method(pairs, given, each) for each in METHODS[given.judge]],
        categories=_categories(pairs, given, kinds),
        reasons=_reasons(pairs, given),
        similarities=_histogram(0.5, [(one.similarity or 0.0, one.pair.is_same) for one in pairs]),
        confidences=_histogram(
            0.0, [(one.judgements[given.judge].confidence or 0.0, one.pair.is_same) for one in with_model]
        )
        if given.judge is JudgeMode.MODEL
        else None,
        wrong=_wrong(pairs, given),
        missed=_missed(pairs, given),
    )


def _method(pairs: Sequence[Measured], given: Given, method: JudgeMode) -> MethodReport:
    all_of_it = curve(pairs, method)
    least = given.min_confidence if method is JudgeMode.MODEL else 0.0
    return MethodReport(
        method=method,
        at_given=all_of_it.at(given.threshold, least),
        best={cap: all_of_it.best(cap) for cap in CAPS},
        by_threshold=all_of_it.by_threshold(least),
        by_confidence=all_of_it.by_confidence(given.threshold) if method is JudgeMode.MODEL else [],
        frontier=all_of_it.frontier(),
    )


def _categories(pairs: Sequence[Measured], given: Given, kinds: Sequence[str | None]) -> list[Category]:
    names = sorted({kind for kind in kinds if kind is not None})
    found = []
    for name in names:
        chosen = [one for one, kind in zip(pairs, kinds, strict=True) if kind == name]
        points = {each: _at_given(chosen, given, each) for each in METHODS[given.judge]}
        found.append(Category(name, points))
    return found


def _at_given(pairs: Sequence[Measured], given: Given, method: JudgeMode) -> Point:
    least = given.min_confidence if method is JudgeMode.MODEL else 0.0
    return curve(pairs, method).at(given.threshold, least)


def _reasons(pairs: Sequence[Measured], given: Given) -> list[Reason]:
    sides: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for one in pairs:
        sides[one.pair.is_same].update(_reasons_of(one, given))
    of = Counter(one.pair.is_same for one in pairs)
    names = sorted(sides[True].keys() | sides[False].keys())
    return [
        Reason(name, Share(sides[True][name], of[True]), Share(sides[False][name], of[False]))
        for name in names
    ]


def _reasons_of(one: Measured, given: Given) -> Sequence[str]:
    judgement = one.judgements[given.judge]
    if judgement.is_served and one.confidence(given.judge) < given.min_confidence:
        return (LOW_CONFIDENCE,)
    return judgement.reasons


def _histogram(start: float, values: Sequence[tuple[float, bool]]) -> Histogram:
    counts = {True: [0] * BINS, False: [0] * BINS}
    for value, is_same in values:
        at = int((value - start) / (1 - start) * BINS)
        counts[is_same][min(max(at, 0), BINS - 1)] += 1
    return Histogram(start, counts[True], counts[False])


def _wrong(pairs: Sequence[Measured], given: Given) -> list[Mistake]:
    """Served though not the same: the surest first."""
    found = [one for one in pairs if not one.pair.is_same and _is_served(one, given)]
    found.sort(key=lambda one: (-one.confidence(given.judge), -(one.similarity or 0.0), one.pair.line))
    return [_mistake(one, given) for one in found[:MOST_MISTAKES]]


def _missed(pairs: Sequence[Measured], given: Given) -> list[Mistake]:
    """Not served though the same: the most similar first, since nobody wonders about the others."""
    found = [one for one in pairs if one.pair.is_same and not _is_served(one, given)]
    found.sort(key=lambda one: (-(one.similarity or 0.0), one.pair.line))
    return [_mistake(one, given) for one in found[:MOST_MISTAKES]]


def _is_served(one: Measured, given: Given) -> bool:
    return one.is_served(given.judge, given.threshold, given.min_confidence)


def _mistake(one: Measured, given: Given) -> Mistake:
    judgement = one.judgements[given.judge]
    reasons = tuple(_reasons_of(one, given))
    if not reasons and not _is_served(one, given):
        reasons = (BELOW_THRESHOLD,)
    return Mistake(one, Judgement(reasons, judgement.confidence, judgement.judged_by))
