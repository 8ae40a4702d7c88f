"""Plots as inline SVG: no script and no outside address, colours from the page's style."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import sqrt

from askonce.tune.curve import Point
from askonce.tune.report import BINS, Histogram

WIDTH, HEIGHT = 520, 320
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 40
# Of wrong answers the first few in a hundred matter, so the axis gives them room: it goes by the square root.
HALF = 0.005
WRONG_TICKS = (0, HALF, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)
SERVED_TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """`style` is a class of the page's style, `marked` the setting that is measured."""

    name: str
    style: str
    points: Sequence[Point]
    marked: Point


def served_against_wrong(lines: Sequence[Line]) -> str:
    """One line a method, from the strictest setting to the most generous."""
    parts = [*_grid(), *(part for line in lines for part in _line(line))]
    parts += _axis_names("wrong, of the pairs that do not ask the same", "served, of those that do")
    return _svg("Served against wrong", parts)


def histogram(one: Histogram, name: str) -> str:
    """Both sides, each as a share of its own: there may be ten times as many of one as of the other."""
    same, other = _shares(one.same), _shares(one.other)
    most = max((*same, *other, 0.01))
    parts = [_text(LEFT - 6, _y(share / most), f"{100 * share:.0f} %", "end") for share in (0.0, most)]
    slot = (WIDTH - LEFT - RIGHT) / BINS
    for at in range(BINS):
        for shares, style, shift in ((same, "same", 0.08), (other, "other", 0.5)):
            parts.append(_bar(LEFT + (at + shift) * slot, slot * 0.42, shares[at] / most, style))
    for step in range(6):
        value = one.start + (1 - one.start) * step / 5
        parts.append(_text(LEFT + (WIDTH - LEFT - RIGHT) * step / 5, HEIGHT - BOTTOM + 16, f"{value:g}"))
    parts.append(_rule(LEFT, _y(0), WIDTH - RIGHT, _y(0)))
    parts += _axis_names(name, "share of the side")
    return _svg(f"Pairs by {name}", parts)


def over_time(lines: Sequence[tuple[str, Sequence[float | None]]], requests: int, name: str) -> str:
    """Shares by equal parts of a stream, one line a style; a part without a share leaves a gap."""
    parts = []
    for tick in SERVED_TICKS:
        parts.append(_rule(LEFT, _y(tick), WIDTH - RIGHT, _y(tick)))
        parts.append(_text(LEFT - 6, _y(tick) + 4, f"{100 * tick:g}", "end"))
    for step in range(5):
        x = LEFT + (WIDTH - LEFT - RIGHT) * step / 4
        parts.append(
            _text(x, HEIGHT - BOTTOM + 16, f"{requests * step // 4:,}", "end" if step == 4 else "middle")
        )
    for style, shares in lines:
        parts += [f'<polyline class="line {style}" points="{run}"/>' for run in _runs(shares)]
    parts += _axis_names("requests so far", name)
    return _svg(f"Over time: {name}", parts)


def _runs(shares: Sequence[float | None]) -> Iterable[str]:
    """The points of each stretch without a gap."""
    step = (WIDTH - LEFT - RIGHT) / len(shares)
    run: list[str] = []
    for at, share in enumerate([*shares, None]):
        if share is not None:
            run.append(f"{LEFT + (at + 0.5) * step:.1f},{_y(share):.1f}")
        elif run:
            yield " ".join(run)
            run = []


def _line(line: Line) -> Iterable[str]:
    places = sorted(
        (_x(point.wrong.value), _y(point.served.value))
        for point in line.points
        if point.served.value is not None and point.wrong.value is not None
    )
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline class="line {line.style}" points="{path}"/>'
    if line.marked.served.value is not None and line.marked.wrong.value is not None:
        x, y = _x(line.marked.wrong.value), _y(line.marked.served.value)
        served, wrong = 100 * line.marked.served.value, 100 * line.marked.wrong.value
        title = f"{line.name}: {served:.1f} % served, {wrong:.1f} % wrong"
        yield (
            f'<circle class="dot {line.style}" cx="{x:.1f}" cy="{y:.1f}" r="5">'
            f"<title>{escape(title)}</title></circle>"
        )


def _grid() -> Iterable[str]:
    for tick in SERVED_TICKS:
        yield _rule(LEFT, _y(tick), WIDTH - RIGHT, _y(tick))
        yield _text(LEFT - 6, _y(tick) + 4, f"{100 * tick:g}", "end")
    for tick in WRONG_TICKS:
        yield _rule(_x(tick), _y(0), _x(tick), _y(1))
        if tick != HALF:  # No room for its name beside the next.
            anchor = "end" if tick == 1 else "middle"
            yield _text(_x(tick), HEIGHT - BOTTOM + 16, f"{100 * tick:g}", anchor)


def _axis_names(below: str, beside: str) -> Iterable[str]:
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, below)
    x, y = 11, (TOP + HEIGHT - BOTTOM) / 2
    yield _text(x, y, beside, turned=True)


def _x(wrong: float) -> float:
    return LEFT + sqrt(wrong) * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) or 1
    return [count / total for count in counts]


def _bar(x: float, width: float, height: float, style: str) -> str:
    top = _y(height)
    place = f'x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{_y(0) - top:.1f}"'
    return f'<rect class="bar {style}" {place}/>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="rule" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str = "middle", *, turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turn}>{escape(text)}</text>'


def _svg(label: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">\n{body}\n</svg>'
