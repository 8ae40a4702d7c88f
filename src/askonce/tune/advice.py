"""A recommendation in words, and as JSON."""

import json

from askonce.model.judgement import JudgeMode
from askonce.tune.as_json import point as point_as_json
from askonce.tune.curve import Point
from askonce.tune.recommend import Recommendation
from askonce.tune.wording import interval, percent

BIASED = (
    "These are near misses: the judge vetoed every one of them. What it serves is not among them, so this\n"
    "tells what other settings would serve of the rest, and not how many of all answers are wrong."
)


def advice(one: Recommendation, *, is_of_near_misses: bool = False) -> str:
    parts = [f"{one.same} pairs that ask the same, {one.other} that do not."]
    if is_of_near_misses:
        parts.append(BIASED)
    parts.append(_refused(one) if one.promised is None else _promised(one, one.promised))
    return "\n\n".join(parts) + "\n"


def advice_as_json(one: Recommendation) -> str:
    tried = one.tried
    return json.dumps(
        {
            "cap": one.cap,
            "judge": one.judge.value,
            "same": one.same,
            "other": one.other,
            "isPromised": one.promised is not None,
            "recommended": point_as_json(one.promised),
            "bestOnThesePairs": point_as_json(one.best),
            "otherNeeded": one.needed,
            "triedOnTheOtherHalf": None
            if tried is None
            else {"served": tried.served.value, "wrong": tried.wrong.value},
        }
    )


def _promised(one: Recommendation, point: Point) -> str:
    lines = [
        f"To keep wrong answers under {100 * one.cap:g} %:\n",
        _setting(point, one.judge),
        f"  served  {percent(point.served)} ({interval(point.served)}, 95 % sure)",
        f"  wrong   {percent(point.wrong)} ({interval(point.wrong)})",
    ]
    if one.tried is None:
        lines.append("\nToo few pairs to choose on one half and try on the other: measure it on new ones.")
    else:
        lines.append(
            "\nChosen in the same way on one half and tried on the other:"
            f" served {percent(one.tried.served)}, wrong {percent(one.tried.wrong)}."
        )
    return "\n".join(lines)


def _refused(one: Recommendation) -> str:
    lines = [f"These pairs can not promise a cap of {100 * one.cap:g} %: {_why(one)}."]
    if one.best is not None:
        lines += [
            "\nWhat serves most of them at that cap, without a promise:\n",
            _setting(one.best, one.judge),
            f"  served  {percent(one.best.served)} ({interval(one.best.served)}, 95 % sure)",
            f"  wrong   {percent(one.best.wrong)} ({interval(one.best.wrong)})",
        ]
    return "\n".join(lines)


def _why(one: Recommendation) -> str:
    if not one.same or not one.other:
        return "they are all of one label"
    return f"it takes {one.needed} that do not ask the same, none of them served;\nhere are {one.other}"


def _setting(point: Point, judge: JudgeMode) -> str:
    least = f"\n  minConfidence        {point.min_confidence:g}" if judge is JudgeMode.MODEL else ""
    return f"  similarityThreshold  {point.threshold:g}{least}"
