"""A measurement as one page that needs nothing else: it can be kept, sent and opened without a network.

Invariant: whatever stands in a labelled file is shown as text, and never becomes part of the page's markup.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape

from askonce.model.judgement import JudgeMode
from askonce.tune import stream_views
from askonce.tune.as_text import counted
from askonce.tune.evaluate import Evaluation
from askonce.tune.page_style import STYLE
from askonce.tune.plots import Line, histogram, served_against_wrong
from askonce.tune.report import CAPS, METHOD_NAMES, Given, Mistake, Report
from askonce.tune.stream_report import StreamReport
from askonce.tune.wording import interval, percent, setting

STYLES = {JudgeMode.OFF: "cosine", JudgeMode.RULES: "rules", JudgeMode.MODEL: "model"}
MOST_SHOWN = 1_200  # Characters of a question: a long one is told from its beginning, and says so.
_UNSHOWN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # What XML does not take.
SAME_KEY = '<span class="key same">ask the same</span><span class="key other">do not</span>'


def as_page(evaluation: Evaluation) -> str:
    given = evaluation.given
    limit = (
        "" if evaluation.limit is None else f" At most {evaluation.limit:,} rows of a file, drawn at random."
    )
    sections = [_section(report, given) for report in evaluation.pairs]
    sections += [_stream(report, given) for report in evaluation.streams]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>AskOnce: served and wrong</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Served and wrong</h1>
<p>What a cache would serve at {_settings(given)}. <b>Served</b>: of the pairs that ask the same, how many get
the stored answer. <b>Wrong</b>: of those that do not, how many get it all the same.</p>
<p class="quiet">Embedder {_shown(evaluation.embedder)}. Judge {_shown(evaluation.judge)}.{limit}</p>
{"".join(sections)}
</body>
</html>
"""


def _section(report: Report, given: Given) -> str:
    parts = [f"<h2>{_shown(report.name)}</h2>", f'<p class="quiet">{_shown(counted(report))}</p>']
    if report.failed:
        parts.append(
            '<p class="warning">The judge failed on some pairs; they count as vetoed. Measure again.</p>'
        )
    parts += [f"<h3>At {_settings(given)}</h3>", _given_table(report)]
    parts.append(f'<div class="plots">{"".join(_figures(report))}</div>')
    if report.same and report.other:
        parts += ["<h3>Most served at a cap on wrong answers</h3>", _best_table(report)]
    if report.categories:
        parts += ["<h3>By category: served / wrong</h3>", _category_table(report)]
    if report.reasons:
        parts += ["<h3>Vetoes, whatever the similarity</h3>", _reason_table(report)]
    parts += _mistakes("Served though it asks something else: the surest first", report.wrong)
    parts += _mistakes("Missed though it asks the same: the most similar first", report.missed)
    return "\n".join(parts)


def _stream(report: StreamReport, given: Given) -> str:
    figures = [_figure(plot, caption) for plot, caption in stream_views.plots(report, STYLES)]
    parts = [
        f"<h2>{_shown(report.name)}</h2>",
        f'<p class="quiet">{_shown(stream_views.counted(report))}</p>',
        f"<h3>At {_settings(given)}</h3>",
        _table(stream_views.summary_rows(report)),
        f'<div class="plots">{"".join(figures)}</div>',
        *_mistakes("Hits of another intent: the surest first", report.methods[-1].worst),
    ]
    return "\n".join(parts)


def _settings(given: Given) -> str:
    least = f", minimum confidence {given.min_confidence:g}" if given.judge is JudgeMode.MODEL else ""
    return f"threshold {given.threshold:g}{least}"


def _figures(report: Report) -> list[str]:
    figures = []
    if report.same and report.other:
        lines = [
            Line(METHOD_NAMES[one.method], STYLES[one.method], one.frontier, one.at_given)
            for one in report.methods
        ]
        keys = "".join(f'<span class="key {line.style}">{line.name}</span>' for line in lines)
        caption = f"The best that any setting gives, in percent; a dot: the setting above. {keys}"
        figures.append(_figure(served_against_wrong(lines), caption))
    figures.append(_figure(histogram(report.similarities, "similarity"), f"By similarity. {SAME_KEY}"))
    if report.confidences is not None:
        caption = f"By the model's confidence, of the pairs that reached it. {SAME_KEY}"
        figures.append(_figure(histogram(report.confidences, "confidence"), caption))
    return figures


def _figure(plot: str, caption: str) -> str:
    return f"<figure>{plot}<figcaption>{caption}</figcaption></figure>"


def _given_table(report: Report) -> str:
    rows = [["", "served", "95 % sure", "wrong", "95 % sure"]]
    for one in report.methods:
        served, wrong = one.at_given.served, one.at_given.wrong
        name = METHOD_NAMES[one.method]
        rows.append([name, percent(served), interval(served), percent(wrong), interval(wrong)])
    return _table(rows)


def _best_table(report: Report) -> str:
    rows = [["", *(f"wrong at most {100 * cap:g} %" for cap in CAPS)]]
    for one in report.methods:
        cells = []
        for cap in CAPS:
            point = one.best[cap]
            cells.append("–" if point is None else f"{percent(point.served)} at {setting(point, one.method)}")
        rows.append([METHOD_NAMES[one.method], *cells])
    return _table(rows)


def _category_table(report: Report) -> str:
    rows = [["", "same", "other", *(METHOD_NAMES[one.method] for one in report.methods)]]
    for category in report.categories:
        points = [category.by_method[one.method] for one in report.methods]
        shares = [f"{percent(point.served)} / {percent(point.wrong)}" for point in points]
        rows.append([category.name, f"{points[0].served.of:,}", f"{points[0].wrong.of:,}", *shares])
    return _table(rows)


def _reason_table(report: Report) -> str:
    rows = [["", "of the same", "of the others"]]
    for one in report.reasons:
        sides = [f"{side.count:,} ({percent(side)})" for side in (one.same, one.other)]
        rows.append([one.name, *sides])
    return _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{_shown(cell)}</th>" for cell in rows[0])
    body = "\n".join(f"<tr>{''.join(f'<td>{_shown(cell)}</td>' for cell in row)}</tr>" for row in rows[1:])
    return f'<div class="wide"><table>\n<tr>{head}</tr>\n{body}\n</table></div>'


def _mistakes(title: str, mistakes: Sequence[Mistake]) -> list[str]:
    if not mistakes:
        return [f'<h3>{title}</h3><p class="quiet">None.</p>']
    return [f"<h3>{title}</h3>", "<ol>", *map(_mistake, mistakes), "</ol>"]


def _mistake(one: Mistake) -> str:
    pair, judgement = one.measured.pair, one.judgement
    stored, asked = _marked(pair.stored, pair.asked)
    similarity, confidence = one.measured.similarity, judgement.confidence
    facts = [
        f"line {pair.line}",
        "found at no threshold" if similarity is None else f"similarity {similarity:.3f}",
        "" if confidence is None else f"confidence {confidence:.2f}",
        *judgement.reasons,
        pair.kind or "",
    ]
    told = _shown(" · ".join(filter(None, facts)))
    return f'<li><p>{stored}</p><p>{asked}</p><p class="quiet">{told}</p></li>'


def _marked(stored: str, asked: str) -> tuple[str, str]:
    """Both as markup, with the words marked that the other does not have in that place."""
    one, other = re.findall(r"\s*\S+", stored[:MOST_SHOWN]), re.findall(r"\s*\S+", asked[:MOST_SHOWN])
    shown: tuple[list[str], list[str]] = ([], [])
    matcher = SequenceMatcher(
        None, [_bare(word) for word in one], [_bare(word) for word in other], autojunk=False
    )
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        for words, into in ((one[start:end], shown[0]), (other[other_start:other_end], shown[1])):
            text = _shown("".join(words))
            into.append(text if tag == "equal" or not text else f"<mark>{text}</mark>")
    return _ended(shown[0], stored), _ended(shown[1], asked)


def _bare(word: str) -> str:
    return word.strip(" \t\r\n.,!?;:\"'").casefold()


def _ended(shown: list[str], text: str) -> str:
    rest = len(text) - MOST_SHOWN
    return "".join(shown) + (f" … ({rest:,} more characters)" if rest > 0 else "")


def _shown(text: str) -> str:
    return escape(_UNSHOWN.sub("\ufffd", text))
