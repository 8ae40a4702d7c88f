"""A measurement as tables for a terminal."""

from collections.abc import Sequence

from askonce.model.judgement import JudgeMode
from askonce.tune.curve import Point
from askonce.tune.evaluate import Evaluation
from askonce.tune.report import CAPS, METHOD_NAMES, Given, MethodReport, Report
from askonce.tune.shares import Share


def as_text(evaluation: Evaluation) -> str:
    heads = [f"embedder  {evaluation.embedder}", f"judge     {evaluation.judge}"]
    if evaluation.limit is not None:
        heads.append(f"sample    {evaluation.limit} rows of a file at most, the same ones each time")
    sections = [_section(report, evaluation.given) for report in evaluation.pairs]
    return "\n\n".join(["\n".join(heads), *sections]) + "\n"


def percent(share: Share) -> str:
    return "–" if share.value is None else f"{100 * share.value:.1f} %"


def interval(share: Share) -> str:
    low, high = share.interval
    return "" if share.value is None else f"{100 * low:.1f}–{100 * high:.1f} %"


def setting(point: Point, method: JudgeMode) -> str:
    least = f", confidence {point.min_confidence:g}" if method is JudgeMode.MODEL else ""
    return f"threshold {point.threshold:g}{least}"


def counted(report: Report) -> str:
    never = f"; {report.never_found} that no search can find" if report.never_found else ""
    failed = f"; {report.failed} THAT THE JUDGE FAILED ON" if report.failed else ""
    return f"{report.same} pairs that ask the same, {report.other} that do not{never}{failed}"


def columns(rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(f"  {line.rstrip()}" for line in lines)


def _section(report: Report, given: Given) -> str:
    least = f", confidence {given.min_confidence:g}" if given.judge is JudgeMode.MODEL else ""
    parts = [
        f"== {report.name}: {counted(report)}",
        f"At threshold {given.threshold:g}{least}\n" + columns(_given_rows(report)),
    ]
    if report.same and report.other:
        parts.append("Most served at a cap on wrong answers\n" + columns(_best_rows(report)))
    if report.categories:
        parts.append("By category: served / wrong\n" + columns(_category_rows(report)))
    if report.reasons:
        parts.append("Vetoes, whatever the similarity\n" + columns(_reason_rows(report)))
    return "\n\n".join(parts)


def _given_rows(report: Report) -> list[list[str]]:
    rows = [["", "served", "wrong", "wrong, 95 % sure"]]
    for one in report.methods:
        point = one.at_given
        rows.append(
            [METHOD_NAMES[one.method], percent(point.served), percent(point.wrong), interval(point.wrong)]
        )
    return rows


def _best_rows(report: Report) -> list[list[str]]:
    rows = [["", "cap", "served", "wrong", "at"]]
    for one in report.methods:
        rows += [_best_row(one, cap, is_first=cap == CAPS[0]) for cap in CAPS]
    return rows


def _best_row(one: MethodReport, cap: float, *, is_first: bool) -> list[str]:
    name, point = METHOD_NAMES[one.method] if is_first else "", one.best[cap]
    if point is None:
        return [name, f"{100 * cap:g} %", "–", "–", "no setting"]
    return [name, f"{100 * cap:g} %", percent(point.served), percent(point.wrong), setting(point, one.method)]


def _category_rows(report: Report) -> list[list[str]]:
    rows = [["", "same", "other", *(METHOD_NAMES[one.method] for one in report.methods)]]
    for category in report.categories:
        points = [category.by_method[one.method] for one in report.methods]
        shares = [f"{percent(point.served)} / {percent(point.wrong)}" for point in points]
        rows.append([category.name, str(points[0].served.of), str(points[0].wrong.of), *shares])
    return rows


def _reason_rows(report: Report) -> list[list[str]]:
    rows = [["", "of the same", "of the others"]]
    for one in report.reasons:
        rows.append(
            [one.name, f"{one.same.count} ({percent(one.same)})", f"{one.other.count} ({percent(one.other)})"]
        )
    return rows
