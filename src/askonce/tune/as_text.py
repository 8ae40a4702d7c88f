"""A measurement as tables for a terminal."""

from askonce.model.judgement import JudgeMode
from askonce.tune import stream_views
from askonce.tune.evaluate import Evaluation
from askonce.tune.report import CAPS, METHOD_NAMES, Given, MethodReport, Report
from askonce.tune.wording import columns, interval, percent, setting


def as_text(evaluation: Evaluation) -> str:
    heads = [f"embedder  {evaluation.embedder}", f"judge     {evaluation.judge}"]
    if evaluation.limit is not None:
        heads.append(f"sample    {evaluation.limit} rows of a file at most, the same ones each time")
    sections = [_section(report, evaluation.given) for report in evaluation.pairs]
    streams = [stream_views.as_text(report) for report in evaluation.streams]
    return "\n\n".join(["\n".join(heads), *sections, *streams]) + "\n"


def counted(report: Report) -> str:
    never = f"; {report.never_found} that no search can find" if report.never_found else ""
    failed = f"; {report.failed} THAT THE JUDGE FAILED ON" if report.failed else ""
    return f"{report.same} pairs that ask the same, {report.other} that do not{never}{failed}"


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
