"""How a figure, a setting and a table are written, in a terminal and on a page alike."""

from collections.abc import Sequence

from askonce.model.judgement import JudgeMode
from askonce.tune.curve import Point
from askonce.tune.shares import Share


def percent(share: Share) -> str:
    return "–" if share.value is None else f"{100 * share.value:.1f} %"


def interval(share: Share) -> str:
    low, high = share.interval
    return "" if share.value is None else f"{100 * low:.1f}–{100 * high:.1f} %"


def setting(point: Point, method: JudgeMode) -> str:
    least = f", confidence {point.min_confidence:g}" if method is JudgeMode.MODEL else ""
    return f"threshold {point.threshold:g}{least}"


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
