"""A stream of requests as a table for a terminal, as JSON, and as a section of the page."""

from html import escape

from askonce.model.judgement import JudgeMode
from askonce.tune.plots import over_time
from askonce.tune.report import METHOD_NAMES
from askonce.tune.stream_report import StreamMethod, StreamReport, Window
from askonce.tune.wording import columns, interval, percent

Json = dict[str, object]

HEAD = ["", "hits", "wrong, of the hits", "95 % sure", "precision"]


def counted(report: StreamReport) -> str:
    return (
        f"{report.requests} requests of {report.intents} intents, from an empty cache;"
        f" {percent(report.repeats)} have an intent that came before"
    )


def summary_rows(report: StreamReport) -> list[list[str]]:
    return [HEAD, *(_summary_row(one) for one in report.methods)]


def time_rows(one: StreamMethod) -> list[list[str]]:
    rows = [["requests", "hits", "precision"]]
    for window in one.windows:
        rows.append([f"{window.first}–{window.last}", percent(window.hits), percent(window.precision)])
    return rows


def as_text(report: StreamReport) -> str:
    last = report.methods[-1]
    return "\n\n".join(
        [
            f"== {report.name}: {counted(report)}",
            columns(summary_rows(report)),
            f"Over time, {METHOD_NAMES[last.method]}\n" + columns(time_rows(last)),
        ]
    )


def plots(report: StreamReport, styles: dict[JudgeMode, str]) -> list[tuple[str, str]]:
    """Each with its caption."""
    keys = "".join(
        f'<span class="key {styles[one.method]}">{escape(METHOD_NAMES[one.method])}</span>'
        for one in report.methods
    )
    hits = [(styles[one.method], [window.hits.value for window in one.windows]) for one in report.methods]
    right = [
        (styles[one.method], [window.precision.value for window in one.windows]) for one in report.methods
    ]
    return [
        (over_time(hits, report.requests, "hits, of the requests"), f"Hits over time, in percent. {keys}"),
        (over_time(right, report.requests, "right, of the hits"), f"Precision over time, in percent. {keys}"),
    ]


def as_json(report: StreamReport) -> Json:
    return {
        "name": report.name,
        "requests": report.requests,
        "intents": report.intents,
        "repeats": report.repeats.value,
        "methods": {one.method.value: _method(one) for one in report.methods},
    }


def _summary_row(one: StreamMethod) -> list[str]:
    name = METHOD_NAMES[one.method]
    return [name, percent(one.hits), percent(one.wrong), interval(one.wrong), percent(one.precision)]


def _method(one: StreamMethod) -> Json:
    low, high = one.wrong.interval
    return {
        "hits": one.hits.value,
        "wrong": one.wrong.value,
        "wrongInterval": [round(low, 6), round(high, 6)],
        "precision": one.precision.value,
        "overTime": [_window(window) for window in one.windows],
        "worstServed": [
            {
                "line": each.measured.pair.line,
                "stored": each.measured.pair.stored,
                "asked": each.measured.pair.asked,
                "intents": each.measured.pair.kind,
                "similarity": each.measured.similarity,
                "confidence": each.judgement.confidence,
            }
            for each in one.worst
        ],
    }


def _window(one: Window) -> Json:
    return {
        "from": one.first,
        "to": one.last,
        "hits": one.hits.value,
        "precision": one.precision.value,
    }
