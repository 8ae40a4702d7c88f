"""What a stream of requests came to, as a value."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from askonce.model.judgement import JudgeMode
from askonce.tune.labelled import Pair
from askonce.tune.measure import Measured
from askonce.tune.report import MOST_MISTAKES, Mistake
from askonce.tune.shares import Share
from askonce.tune.stream import Outcome

WINDOWS = 20  # Equal parts: enough to see where precision goes, few enough to hold some hits each.


@dataclass(frozen=True, slots=True)
class Window:
    """Requests `first` to `last` of a stream: how many were hits, and how many of the hits were right."""

    first: int
    last: int
    hits: Share
    precision: Share


@dataclass(frozen=True, slots=True)
class StreamMethod:
    """`hits` and `repeats` are of the requests, `wrong` and `precision` of the hits."""

    method: JudgeMode
    hits: Share
    wrong: Share
    precision: Share
    windows: Sequence[Window]
    worst: Sequence[Mistake]


@dataclass(frozen=True, slots=True)
class StreamReport:
    """`repeats`: requests whose intent had come before, the most that could be hits and right."""

    name: str
    requests: int
    intents: int
    repeats: Share
    methods: Sequence[StreamMethod]


def stream_report(name: str, by_method: dict[JudgeMode, list[Outcome]]) -> StreamReport:
    outcomes = next(iter(by_method.values()))
    return StreamReport(
        name=name,
        requests=len(outcomes),
        intents=len({one.request.intent for one in outcomes}),
        repeats=Share(sum(one.is_repeat for one in outcomes), len(outcomes)),
        methods=[_method(method, found) for method, found in by_method.items()],
    )


def _method(method: JudgeMode, outcomes: Sequence[Outcome]) -> StreamMethod:
    whole = _window(outcomes, 0, len(outcomes))
    wrong = whole.precision.of - whole.precision.count
    return StreamMethod(
        method=method,
        hits=whole.hits,
        wrong=Share(wrong, whole.precision.of),
        precision=whole.precision,
        windows=_windows(outcomes),
        worst=_worst(method, outcomes),
    )


def _windows(outcomes: Sequence[Outcome]) -> list[Window]:
    count = min(WINDOWS, len(outcomes))
    ends = [len(outcomes) * at // count for at in range(count + 1)]
    return [_window(outcomes, start, end) for start, end in pairwise(ends)]


def _window(outcomes: Sequence[Outcome], start: int, end: int) -> Window:
    chosen = outcomes[start:end]
    hits = sum(one.hit is not None for one in chosen)
    right = hits - sum(one.is_wrong for one in chosen)
    return Window(start + 1, end, Share(hits, len(chosen)), Share(right, hits))


def _worst(method: JudgeMode, outcomes: Sequence[Outcome]) -> list[Mistake]:
    """Wrong hits, the surest first."""
    found = [_mistake(method, one) for one in outcomes if one.is_wrong]
    found.sort(key=lambda one: (-one.measured.confidence(method), -(one.measured.similarity or 0.0)))
    return found[:MOST_MISTAKES]


def _mistake(method: JudgeMode, one: Outcome) -> Mistake:
    assert one.hit is not None
    kind = f"{one.hit.entry.response} served for {one.request.intent}"
    pair = Pair(one.request.line, one.hit.entry.prompt, one.request.text, is_same=False, kind=kind)
    return Mistake(Measured(pair, one.hit.similarity, {method: one.hit.judgement}), one.hit.judgement)
