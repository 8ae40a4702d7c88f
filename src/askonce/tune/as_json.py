"""A measurement as JSON, with the API's names for its settings. Shares go from 0 to 1; null: of no pairs."""

import json
from collections.abc import Mapping, Sequence

from askonce.model.judgement import JudgeMode
from askonce.tune import stream_views
from askonce.tune.curve import Point
from askonce.tune.evaluate import Evaluation
from askonce.tune.report import Category, Histogram, MethodReport, Mistake, Report
from askonce.tune.shares import Share

Json = dict[str, object]


def as_json(evaluation: Evaluation) -> str:
    given = evaluation.given
    return json.dumps(
        {
            "similarityThreshold": given.threshold,
            "minConfidence": given.min_confidence,
            "judge": given.judge.value,
            "embedder": evaluation.embedder,
            "judgeModel": evaluation.judge,
            "limit": evaluation.limit,
            "pairs": [_report(one) for one in evaluation.pairs],
            "streams": [stream_views.as_json(one) for one in evaluation.streams],
        },
        ensure_ascii=False,
    )


def point(one: Point | None) -> Json | None:
    if one is None:
        return None
    low, high = one.wrong.interval
    return {
        "similarityThreshold": one.threshold,
        "minConfidence": one.min_confidence,
        "served": one.served.value,
        "wrong": one.wrong.value,
        "wrongInterval": [round(low, 6), round(high, 6)],
    }


def _report(report: Report) -> Json:
    return {
        "name": report.name,
        "same": report.same,
        "other": report.other,
        "neverFound": report.never_found,
        "judgeFailed": report.failed,
        "methods": {one.method.value: _method(one) for one in report.methods},
        "categories": {one.name: _category(one) for one in report.categories},
        "vetoes": {
            one.name: {"same": _counted(one.same), "other": _counted(one.other)} for one in report.reasons
        },
        "similarities": _histogram(report.similarities),
        "confidences": None if report.confidences is None else _histogram(report.confidences),
        "worstServed": [_mistake(one) for one in report.wrong],
        "worstMissed": [_mistake(one) for one in report.missed],
    }


def _method(one: MethodReport) -> Json:
    return {
        "atSettings": point(one.at_given),
        "bestAtCap": {f"{cap:g}": point(best) for cap, best in one.best.items()},
        "byThreshold": _curve(one.by_threshold),
        "byConfidence": _curve(one.by_confidence),
    }


def _curve(points: Sequence[Point]) -> list[Json | None]:
    return [point(one) for one in points]


def _category(one: Category) -> Json:
    points: Mapping[JudgeMode, Point] = one.by_method
    first = next(iter(points.values()))
    return {
        "same": first.served.of,
        "other": first.wrong.of,
        "methods": {mode.value: point(each) for mode, each in points.items()},
    }


def _counted(share: Share) -> Json:
    return {"count": share.count, "share": share.value}


def _histogram(one: Histogram) -> Json:
    return {"from": one.start, "to": 1.0, "same": list(one.same), "other": list(one.other)}


def _mistake(one: Mistake) -> Json:
    return {
        "line": one.measured.pair.line,
        "a": one.measured.pair.stored,
        "b": one.measured.pair.asked,
        "kind": one.measured.pair.kind,
        "similarity": one.measured.similarity,
        "confidence": one.judgement.confidence,
        "reasons": list(one.judgement.reasons),
    }
